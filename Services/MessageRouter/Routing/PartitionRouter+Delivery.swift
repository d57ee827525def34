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
        let replies = await tools.redis.execute(
            chunk.deliveries.map { command($0, after: $0.after, of: chunk) }, on: reader.timeline)
        for (place, reply) in replies.enumerated() {
            let user = chunk.deliveries[place].user
            switch try result(reply, of: dispatch(place, chunk)) {
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
        try await tell(made, of: chunk)
        if !failed.isEmpty { try await retry(failed, of: chunk) }
    }

    private func retry(_ failed: FailedDeliveries, of chunk: DeliveryPlanner.Chunk) async throws {
        var failed = failed
        var made: Made = []
        while let round = failed.next(&patience, now: .now) {
            try await putAside(round.refusals, of: chunk)
            if round.pause > .zero { try? await Task.sleep(for: round.pause) }
            // Each of another user, and alone: there is nothing that it could overtake.
            let replies = await tools.redis.execute(
                round.places.map { command(chunk.deliveries[$0], after: .zero, of: chunk) }, on: reader.timeline)
            for (place, reply) in zip(round.places, replies) {
                let user = chunk.deliveries[place].user
                switch try result(reply, of: dispatch(place, chunk)) {
                case .success(let outcome):
                    made.append((place, outcome))
                    failed.delivered(to: user)
                case .failure(let error): failed.failed(for: user, reason: error.description)
                }
            }
        }
        try await tell(made, of: chunk)
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

    private func tell(_ made: Made, of chunk: DeliveryPlanner.Chunk) async throws {
        let edges = try await liveEdges(of: made)
        for (place, outcome) in made {
            let delivery = chunk.deliveries[place]
            let (number, dispatch) = chunk.dispatches[delivery.dispatch]
            switch dispatch {
            case .feed(let feed, let id, _, _):
                spread(dispatch, number: number, to: feed, outcome, edges)
                sent.append(id)
            case .feedSignal(let feed, _, _, _, _, _): spread(dispatch, number: number, to: feed, outcome, edges)
            case .message(let id, _, _):
                spread(dispatch, number: number, user: delivery.user, outcome, edges)
                if sent.last != id { sent.append(id) }
            case .mark, .read, .signal: spread(dispatch, number: number, user: delivery.user, outcome, edges)
            }
        }
        tools.metrics.delivered(made.count)
        guard chunk.isWhole else { return }
        let targets = fanout.targets
        let batches = fanout.take()
        try await write(batches)
        tools.metrics.pushed(sent, entries: batches.count, targets: targets)
        sent = []
    }

    /// What is in the inbox is delivered: an edge whose stream is broken finds it there.
    func write(_ batches: [(edge: String, batch: EdgeBatch)]) async throws(RedisError) {
        do {
            try await tools.writer.write(batches)
        } catch {
            guard !error.isOutage else { throw error }
            tools.metrics.untold()
        }
    }

    private func liveEdges(of made: Made) async throws(RedisError) -> [String: String] {
        var all: Set<String> = []
        for (_, outcome) in made {
            switch outcome {
            case .appended(_, _, let incarnations), .known(_, let incarnations): all.formUnion(incarnations)
            case .moved, .outOfOrder: break
            }
        }
        do {
            return try await tools.edges.edges(of: all)
        } catch {
            throw error.concerningAll("the live edges cannot be read; rename \(tools.keys.edges) if it is no hash")
        }
    }

    private func spread(
        _ dispatch: Dispatch, number: Int, user: String, _ outcome: DeliverScript.Reply, _ edges: [String: String]
    ) {
        switch outcome {
        case .appended(let cursor, let previous, let incarnations):
            for incarnation in incarnations {
                guard let edge = edges[incarnation] else { continue }
                fanout.add(dispatch, number: number, user: user, link: (cursor, previous), edge: edge)
            }
        case .known(let last, let incarnations):
            for incarnation in incarnations {
                guard let edge = edges[incarnation] else { continue }
                if case .message = dispatch {
                    fanout.look(user: user, cursor: last, edge: edge)
                } else {
                    fanout.add(dispatch, number: number, user: user, edge: edge)
                }
            }
        case .moved, .outOfOrder: break
        }
    }

    // MARK: Commands

    private func dispatch(_ place: Int, _ chunk: DeliveryPlanner.Chunk) -> Dispatch {
        chunk.dispatches[chunk.deliveries[place].dispatch].dispatch
    }

    private func command(
        _ delivery: DeliveryPlanner.Delivery, after: MessageID, of chunk: DeliveryPlanner.Chunk
    ) -> RedisCommand {
        switch chunk.dispatches[delivery.dispatch].dispatch {
        case .message(let id, let source, let entry):
            DeliverScript.command(
                keys: tools.keys, user: delivery.user, partition: partition, message: source, original: id,
                after: after, entry: entry, capacity: tools.inboxCapacity, retention: tools.inboxRetention)
        case .mark(let id):
            DeliverScript.command(
                keys: tools.keys, user: delivery.user, partition: partition, message: id, after: after, entry: nil)
        case .read, .signal:
            SessionsQuery.command(keys: tools.keys, user: delivery.user)
        case .feed(let feed, let id, let source, let entry):
            DeliverFeedScript.command(
                keys: tools.keys, feed: feed, place: source, original: id, after: after, entry: entry,
                retention: tools.topicRetention.of(feed.topic ?? ""))
        case .feedSignal(let feed, _, _, _, _, _): FeedEdgesScript.command(keys: tools.keys, feed: feed)
        }
    }

    /// What became of a delivery, or what is wrong with the user's keys.
    /// - Throws: ``RedisError`` for an outage.
    private func result(
        _ reply: Result<RedisValue, RedisError>, of dispatch: Dispatch
    ) throws(RedisError) -> Result<DeliverScript.Reply, RedisError> {
        do throws(RedisError) {
            switch dispatch {
            case .message, .mark: return .success(try DeliverScript.reply(reply.get()))
            case .read, .signal:
                return .success(.known(last: .zero, incarnations: try SessionsQuery.reply(reply.get())))
            case .feed(_, _, let source, _):
                return .success(DeliverScript.Reply(try DeliverFeedScript.reply(reply.get()), place: source))
            case .feedSignal:
                return .success(.known(last: .zero, incarnations: try FeedEdgesScript.reply(reply.get())))
            }
        } catch {
            guard !error.isOutage else { throw error }
            return .failure(error)
        }
    }
}
