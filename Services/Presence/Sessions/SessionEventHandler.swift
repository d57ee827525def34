import Messaging
import RedisStreams

/// Consumes session events: records whose sessions an incarnation holds, for the sweep, and has the users looked at.
///
/// Nothing is concluded from an event itself, so one that is repeated or late cannot bring a session back: the sessions in Redis are the truth. The record of an incarnation is
/// fenced by the place in the stream and by the sequence, see `RecordSessionsScript`.
struct SessionEventHandler: PartitionHandler {
    let redis: RedisConnection
    let keys: Keys
    let edges: EdgeBook
    let settler: Settler
    let deadLetters: DeadLetters
    let metrics: PresenceMetrics

    func acquired(_ partition: Int) async {}
    func lost(_ partition: Int) async {}

    func handle(_ batch: PartitionBatch) async throws {
        guard !batch.entries.isEmpty else { return }
        do {
            metrics.batch(events: batch.entries.count)
            try await consume(fold(batch), partition: batch.partition)
        } catch {
            metrics.failed()
            throw error
        }
    }

    private func fold(_ batch: PartitionBatch) async throws(RedisError) -> EventFold {
        var fold = EventFold()
        var unreadable: [DeadLetters.Item] = []
        for entry in batch.entries {
            do throws(MessagingError) {
                let event = try SessionEvent(fields: entry.fields)
                guard Identifier.isValid(event.user), Incarnation(event.incarnation) != nil else {
                    throw MessagingError(.badEntry, "the session event's field 'user' or 'incarnation' is no id")
                }
                fold.add(event, id: entry.id)
            } catch {
                unreadable.append(.init(id: entry.id, kind: .unreadable, reason: error.description))
            }
        }
        try await deadLetters.put(unreadable, partition: batch.partition, on: batch.timeline)
        return fold
    }

    private func consume(_ fold: EventFold, partition: Int) async throws(RedisError) {
        let records = fold.events.flatMap { incarnation, events in
            stride(from: 0, to: events.count, by: RecordSessionsScript.limit).map { start in
                RecordSessionsScript.command(
                    keys: keys, incarnation: incarnation, partition: partition,
                    events: events[start..<min(start + RecordSessionsScript.limit, events.count)])
            }
        }
        for reply in await redis.execute(records) { _ = try reply.get() }
        // In this order: a session is recorded before its incarnation is looked for among the live. If it dies after that, the sweep finds the record;
        // if it was dead and swept already, it is to be swept again.
        let live = try await edges.liveIncarnations()
        let dead = fold.beginnings.subtracting(live)
        if !dead.isEmpty {
            _ = try await redis.execute(
                RedisCommand("SADD", [.text(keys.deadIncarnations)] + dead.map { .text($0) }))
        }
        try await settler.settle(
            fold.looks.map { .init(user: $0.key, cause: $0.value.cause, at: $0.value.at) }, live: live)
    }
}
