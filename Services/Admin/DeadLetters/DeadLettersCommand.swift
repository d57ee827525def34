import Messaging
import RedisStreams

/// Lists, shows, replays or drops dead letters.
struct DeadLettersCommand {
    private static let portion = 200

    let request: AdminRequest
    let book: DeadLetterBook
    var write: (String) -> Void = { print($0) }

    /// Does it. Returns the exit status.
    /// - Throws: `RedisError` or ``AdminError``.
    func run() async throws -> Int32 {
        guard let partitions = try await book.partitions() else {
            throw AdminError(
                "there is no Switchboard in this Redis under the prefix \"\(request.keys.prefix)\": check REDIS_URL and KEY_PREFIX"
            )
        }
        if let partition = request.partition, partition >= partitions {
            throw AdminError("--partition \(partition) is none: this installation has 0 to \(partitions - 1)")
        }
        // Those there are now: what fails again while it is replayed is not replayed for ever.
        var matches: [DeadLetterBook.Item] = []
        for group in request.groups {
            for partition in request.partition.map({ $0...$0 }) ?? 0...(partitions - 1) {
                try await collect(group, partition, &matches)
            }
        }
        guard !matches.isEmpty else {
            if !request.isJSON { write("no dead letters match") }
            return 1
        }
        // In the order in which they were put aside: what belongs together is replayed in order.
        matches.sort { ($0.id, $0.partition) < ($1.id, $1.partition) }
        let isCut = matches.count > request.limit
        matches = Array(matches.prefix(request.limit))
        switch request.action {
        case .list: list(matches)
        case .show: for match in matches { show(match) }
        case .replay, .drop: return try await change(matches)
        }
        if isCut, !request.isJSON { write("there are more: --limit says how many are shown") }
        return 0
    }

    private func collect(
        _ group: DeadLetterBook.Group, _ partition: Int, _ matches: inout [DeadLetterBook.Item]
    ) async throws(RedisError) {
        var after = request.from.predecessor
        var found = 0
        while found <= request.limit {
            let page = try await book.page(group, partition: partition, after: after, count: Self.portion)
            for item in page.items where item.id <= request.to {
                guard request.ids.isEmpty || request.ids.contains(item.letter.id) else { continue }
                matches.append(item)
                found += 1
            }
            guard let last = page.last, last <= request.to else { return }
            after = last
        }
    }

    private func list(_ items: [DeadLetterBook.Item]) {
        if request.isJSON {
            for item in items { write(LetterText.json(item, showsBody: false)) }
        } else {
            for line in LetterText.table(items) { write(line) }
        }
    }

    private func show(_ item: DeadLetterBook.Item) {
        if request.isJSON {
            write(LetterText.json(item, showsBody: request.showsBody))
        } else {
            write(LetterText.full(item, showsBody: request.showsBody))
        }
    }

    private func change(_ items: [DeadLetterBook.Item]) async throws -> Int32 {
        var done = 0
        for item in items {
            let name = "\(item.letter.id) of \(item.group.rawValue), partition \(item.partition)"
            guard !request.isDryRun else {
                done += 1
                report(item, "would-\(request.action.rawValue)", "would \(request.action.rawValue) \(name)")
                continue
            }
            switch request.action {
            case .replay:
                guard item.group != .presence || !item.letter.fields.pairs.isEmpty else {
                    report(item, "empty", "cannot replay \(name): it holds no entry, it can only be dropped")
                    continue
                }
                guard let place = try await book.replay(item) else {
                    report(item, "gone", "\(name) is gone: somebody else has replayed or dropped it")
                    continue
                }
                report(item, "replayed", "replayed \(name), as \(place)", place)
            case .drop:
                guard try await book.drop(item) else {
                    report(item, "gone", "\(name) is gone: somebody else has replayed or dropped it")
                    continue
                }
                report(item, "dropped", "dropped \(name)")
            case .list, .show: break
            }
            done += 1
        }
        if !request.isJSON {
            write("\(done) \(request.isDryRun ? "would be " : "")\(request.action == .replay ? "replayed" : "dropped")")
        }
        return done > 0 ? 0 : 1
    }

    private func report(
        _ item: DeadLetterBook.Item, _ word: String, _ sentence: String, _ place: MessageID? = nil
    ) {
        write(request.isJSON ? LetterText.json(item, showsBody: false, outcome: word, place: place) : sentence)
    }
}

extension MessageID {
    /// The id before, `0-0` having none but itself.
    fileprivate var predecessor: MessageID {
        if sequence > 0 { return MessageID(milliseconds: milliseconds, sequence: sequence - 1) }
        return milliseconds > 0 ? MessageID(milliseconds: milliseconds - 1, sequence: .max) : .zero
    }
}
