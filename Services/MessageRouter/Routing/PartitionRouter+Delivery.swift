import Messaging
import RedisStreams

/// Deliveries of a chunk that have been made: the place in the chunk, and what became of it.
private typealias Made = [(place: Int, outcome: DeliverScript.Reply)]

extension PartitionRouter {
    /// Delivers a chunk: first to all to whom it can be delivered, and has their edges told; then what failed because of a user's keys is tried again, and put
    /// aside for that user.
    func deliver(_ chunk: DeliveryPlanner.Chunk) async throws {
        var made: Made = []
        made.reserveCapacity(chunk.deliveries.count)
        var failed = FailedDeliveries()
        let view = tools.finder.view()
        let replies = await send(Array(chunk.deliveries.indices), isChained: true, of: chunk, view)
        for (place, reply) in replies.enumerated() {
            let user = chunk.deliveries[place].user
            switch try result(reply, of: dispatch(place, chunk), view.question(for: user)) {
            case .success(.outOfOrder):
                guard failed.add(place, user: user, reason: nil) else { throw RoutingError.outOfOrder }
            case .success(let outcome): made.append((place, outcome))
            case .failure(let error):
                if dispatch(place, chunk).mark == nil {
                    tools.metrics.undeliverable()
                } else {
                    _ = failed.add(place, user: user, reason: error.description)
                }
            }
        }
        try await tell(made, of: chunk, view)
        if !failed.isEmpty { try await retry(failed, of: chunk, view) }
    }

    private func retry(_ failed: FailedDeliveries, of chunk: DeliveryPlanner.Chunk, _ view: EdgeView) async throws {
        var failed = failed
        var made: Made = []
        while let round = failed.next(&patience, now: .now) {
            try await putAside(round.refusals, of: chunk)
            if round.pause > .zero { try? await Task.sleep(for: round.pause) }
            // Each of another user, and alone: there is nothing that it could overtake.
            let replies = await send(round.places, isChained: false, of: chunk, view)
            for (place, reply) in zip(round.places, replies) {
                let user = chunk.deliveries[place].user
                switch try result(reply, of: dispatch(place, chunk), view.question(for: user)) {
                case .success(let outcome):
                    made.append((place, outcome))
                    failed.delivered(to: user)
                case .failure(let error): failed.failed(for: user, reason: error.description)
                }
            }
        }
        try await tell(made, of: chunk, view)
    }

    /// Puts messages aside for users, and moves their marks past them as if they had been delivered: who comes late must not deliver them after all.
    private func putAside(_ refusals: [FailedDeliveries.Refusal], of chunk: DeliveryPlanner.Chunk) async throws {
        guard !refusals.isEmpty else { return }
        var items: [DeadLetters.Item] = []
        var places: [MessageID: Int] = [:]
        var marks: [RedisCommand] = []
        for refusal in refusals {
            guard let mark = dispatch(refusal.place, chunk).mark else { continue }
            if case .feed(let feed, _, let source, _) = dispatch(refusal.place, chunk) {
                items.append(.init(id: mark, kind: .topic, reason: refusal.reason, tries: refusal.tries))
                marks.append(
                    DeliverFeedScript.command(keys: tools.keys, feed: feed, place: source, after: .zero, entry: nil))
                continue
            }
            let user = chunk.deliveries[refusal.place].user
            if let place = places[mark] {
                items[place].users.append(user)
            } else {
                places[mark] = items.count
                items.append(
                    .init(
                        id: mark, kind: .recipient, reason: refusal.reason, tries: refusal.tries, users: [user]))
            }
            marks.append(
                DeliverScript.command(
                    keys: tools.keys, user: user, partition: partition, message: mark, after: .zero, entry: nil))
        }
        try await tools.deadLetters.put(items, partition: partition, on: reader.timeline)
        // It is the user's keys that are broken: where the mark cannot be moved either, there is nothing to be done.
        _ = await tools.redis.execute(marks, on: reader.timeline)
    }

    // MARK: Edges

    private func tell(_ made: Made, of chunk: DeliveryPlanner.Chunk, _ view: EdgeView) async throws {
        let edges = try await liveEdges(of: made)
        var returned: [(user: String, whereabouts: Whereabouts)] = []
        for (place, outcome) in made {
            let delivery = chunk.deliveries[place]
            let (number, dispatch) = chunk.dispatches[delivery.dispatch]
            switch dispatch {
            case .feed(let feed, let id, _, let entry):
                spread(dispatch, number: number, to: feed, outcome, edges)
                // How long a change takes is a matter of history's.
                if entry.change == nil { sent.append(id) }
                continue
            case .feedSignal(let feed, _, _, _, _, _, _), .departure(let feed, _):
                spread(dispatch, number: number, to: feed, outcome, edges)
                continue
            case .message(let id, _, let entry): if entry.change == nil, sent.last != id { sent.append(id) }
            case .mark, .read, .signal, .groups: break
            }
            guard let whereabouts = outcome.whereabouts else { continue }
            spread(
                dispatch, number: number, user: delivery.user, outcome,
                view.targets(of: delivery.user, whereabouts, edges))
            if view.question(for: delivery.user) == .ring, view.isBackHome(delivery.user, whereabouts, edges) {
                returned.append((delivery.user, whereabouts))
            }
        }
        tools.metrics.delivered(made.count)
        await settle(returned, view, edges)
        guard chunk.isWhole else { return }
        let targets = fanout.targets
        let batches = fanout.take()
        try await write(batches, answer: view.asksForMisses ? partition : nil)
        let shared = batches.count { $0.target == .all }
        tools.metrics.pushed(sent, entries: batches.count, shared: shared, targets: targets)
        sent = []
    }

    /// What is in the inbox is delivered: an edge whose stream is broken finds it there.
    func write(
        _ batches: [(target: EdgeTarget, batch: EdgeBatch)], answer: Int? = nil
    ) async throws(RedisError) {
        do {
            try await tools.writer.write(batches, answer: answer)
        } catch {
            guard !error.isOutage else { throw error }
            tools.metrics.untold()
        }
    }

    private func liveEdges(of made: Made) async throws(RedisError) -> [String: String] {
        var all: Set<String> = []
        for (_, outcome) in made {
            if case .incarnations(let incarnations)? = outcome.whereabouts { all.formUnion(incarnations) }
        }
        do {
            return try await tools.edges.edges(of: all)
        } catch {
            throw error.concerningAll("the live edges cannot be read; rename \(tools.keys.edges) if it is no hash")
        }
    }

    private func spread(
        _ dispatch: Dispatch, number: Int, user: String, _ outcome: DeliverScript.Reply, _ targets: [EdgeTarget]
    ) {
        for target in targets {
            // Of how many edges it is for, nobody knows who tells all.
            let weight = target == .all ? 0 : 1
            switch (outcome, dispatch) {
            case (.appended(let cursor, let previous, _), _):
                fanout.add(dispatch, number: number, user: user, link: (cursor, previous), to: target, weight: weight)
            case (.known(let last, _), .message): fanout.look(user: user, cursor: last, to: target)
            case (.known, _): fanout.add(dispatch, number: number, user: user, to: target, weight: weight)
            case (.moved, _), (.outOfOrder, _): break
            }
        }
    }

    // MARK: Commands

    private func dispatch(_ place: Int, _ chunk: DeliveryPlanner.Chunk) -> Dispatch {
        chunk.dispatches[chunk.deliveries[place].dispatch].dispatch
    }

    /// Sends what these deliveries ask of Redis, as one unit. Returns the reply to each, nil for one that asks nothing.
    private func send(
        _ places: [Int], isChained: Bool, of chunk: DeliveryPlanner.Chunk, _ view: EdgeView
    ) async -> [Result<RedisValue, RedisError>?] {
        var commands: [RedisCommand] = []
        commands.reserveCapacity(places.count)
        var asked: [Int] = []
        asked.reserveCapacity(places.count)
        for (number, place) in places.enumerated() {
            let delivery = chunk.deliveries[place]
            guard let command = command(delivery, isChained ? delivery.after : .zero, of: chunk, view) else { continue }
            commands.append(command)
            asked.append(number)
        }
        var replies = [Result<RedisValue, RedisError>?](repeating: nil, count: places.count)
        guard !commands.isEmpty else { return replies }
        for (number, reply) in zip(asked, await tools.redis.execute(commands, on: reader.timeline)) {
            replies[number] = reply
        }
        return replies
    }

    private func command(
        _ delivery: DeliveryPlanner.Delivery, _ after: MessageID, of chunk: DeliveryPlanner.Chunk, _ view: EdgeView
    ) -> RedisCommand? {
        let question = view.question(for: delivery.user)
        switch chunk.dispatches[delivery.dispatch].dispatch {
        case .message(let id, let source, let entry):
            return DeliverScript.command(
                keys: tools.keys, user: delivery.user, partition: partition, message: source, original: id,
                after: after, entry: entry, capacity: tools.inboxCapacity, retention: tools.inboxRetention,
                asking: question)
        case .mark(let id):
            return DeliverScript.command(
                keys: tools.keys, user: delivery.user, partition: partition, message: id, after: after, entry: nil)
        case .read, .signal:
            switch question {
            case .sessions: return SessionsQuery.command(keys: tools.keys, user: delivery.user)
            case .ring: return LocateScript.command(keys: tools.keys, user: delivery.user)
            case .nothing: return nil
            }
        case .groups:
            // Rare, so that it is not worth a computed place, which may be wrong.
            return question == .nothing ? nil : SessionsQuery.command(keys: tools.keys, user: delivery.user)
        case .feed(let feed, let id, let source, let entry):
            return DeliverFeedScript.command(
                keys: tools.keys, feed: feed, place: source, original: id, after: after, entry: entry,
                retention: feed.topic.map { tools.topicRetention.of($0) } ?? TopicRetention.standard)
        case .feedSignal(let feed, _, _, _, _, _, _), .departure(let feed, _):
            return FeedEdgesScript.command(keys: tools.keys, feed: feed)
        }
    }

    /// What became of a delivery, or what is wrong with the user's keys.
    /// - Throws: ``RedisError`` for an outage.
    private func result(
        _ reply: Result<RedisValue, RedisError>?, of dispatch: Dispatch, _ question: Whereabouts.Question
    ) throws(RedisError) -> Result<DeliverScript.Reply, RedisError> {
        guard let reply else { return .success(.known(last: .zero, .unknown)) }
        do throws(RedisError) {
            switch (dispatch, question) {
            case (.message, _), (.mark, _): return .success(try DeliverScript.reply(reply.get(), asked: question))
            case (.feed(_, _, let source, _), _):
                return .success(DeliverScript.Reply(try DeliverFeedScript.reply(reply.get()), place: source))
            case (.groups, _):
                return .success(.known(last: .zero, .incarnations(try SessionsQuery.reply(reply.get()))))
            case (.feedSignal, _), (.departure, _):
                return .success(.known(last: .zero, .incarnations(try FeedEdgesScript.reply(reply.get()))))
            case (_, .ring): return .success(.known(last: .zero, try LocateScript.reply(reply.get())))
            case (.read, _), (.signal, _):
                return .success(.known(last: .zero, .incarnations(try SessionsQuery.reply(reply.get()))))
            }
        } catch {
            guard !error.isOutage else { throw error }
            return .failure(error)
        }
    }
}
