import Messaging
import RedisStreams
import TestStack

/// Puts messages into the log as edges do, many of them made beforehand, so that making them costs nothing while it is measured.
struct LogFeeder: Sendable {
    private let log: RedisConnection
    private let commands: [RedisCommand]
    /// One message for each conversation.
    private let first: [RedisCommand]

    /// Dms between made-up users, popular by a power law.
    init(_ bed: HistoryBed, conversations: Int, body: Int, seed: UInt64) {
        log = bed.log
        var generator = SeededGenerator(seed: seed)
        let popularity = PowerLaw(count: conversations)
        func command(_ number: Int) -> RedisCommand {
            let users = ["ingest-a\(number)", "ingest-b\(number * 7 % conversations)"]
            let conversation = Conversation.direct(users[0], users[1])
            let filling = String(
                (0..<max(0, body - 11)).map { _ in "abcdefghijklmnopqrstuvwxyz ".randomElement(using: &generator)! })
            let entry = LogEntry(
                kind: .message, conversation: conversation, from: users[number % 2], device: "phone",
                n: UInt64(number + 1), data: Array(#"{"text":"\#(filling)"}"#.utf8))
            return .append(to: bed.keys.log(bed.partition(conversation.description)), fields: entry.fields)
        }
        first = (0..<conversations).map(command)
        commands = (0..<50_000).map { _ in command(popularity.next(using: &generator)) }
    }

    /// One message in each conversation: after it, all are known.
    func introduce() async throws { try await append(first[...]) }

    /// So many messages, as fast as Redis takes them.
    func append(_ count: Int) async throws {
        var done = 0
        while done < count {
            let part = min(commands.count, count - done)
            try await append(commands[..<part])
            done += part
        }
    }

    private func append(_ commands: ArraySlice<RedisCommand>) async throws {
        var rest = commands
        while !rest.isEmpty {
            for result in await log.execute(Array(rest.prefix(2000))) { _ = try result.get() }
            rest = rest.dropFirst(2000)
        }
    }

    /// What was put in at a rate.
    struct Fed: Sendable {
        var count = 0
        /// Seconds.
        var elapsed = 0.0
        var rate: Double { Double(count) / max(0.001, elapsed) }
    }

    /// Messages at a rate, each batch when it is due: what was held up is made up for.
    func feed(rate: Int, for duration: Duration, onProgress: (Fed) -> Void) async throws -> Fed {
        var fed = Fed()
        let start = ContinuousClock.now
        while true {
            let elapsed = ContinuousClock.now - start
            fed.elapsed = elapsed / .seconds(1)
            guard elapsed < duration else { return fed }
            let due = Int(Double(rate) * fed.elapsed) - fed.count
            if due > 0 {
                let begin = fed.count % commands.count
                let part = min(due, 2000, commands.count - begin)
                for result in await log.execute(Array(commands[begin..<begin + part])) { _ = try result.get() }
                fed.count += part
                onProgress(fed)
            }
            if due < 2000 { try await Task.sleep(for: .milliseconds(5)) }
        }
    }
}
