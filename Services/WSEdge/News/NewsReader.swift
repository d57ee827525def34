import Messaging
import RedisStreams
import ServiceRuntime
import Synchronization

/// Reads what routers tell this edge, or all edges, on the tail's thread.
///
/// Of what all edges are told, most may be for others: it is left out before anything is made of it. Where a router has computed that a user is here, and asks
/// for an answer, it is told who is not.
struct NewsReader: Sendable {
    private let environment: EdgeEnvironment
    private let pace = Pace()

    /// `Mutex` cannot be copied.
    private final class Pace: Sendable {
        let misses = Mutex(MissPace())
    }

    init(environment: EdgeEnvironment) { self.environment = environment }

    /// What of an entry is for somebody here, or for the edge itself.
    /// - Throws: `MessagingError` when the entry cannot be read.
    func batch(of entry: StreamEntry, _ source: NewsSource) throws(MessagingError) -> EdgeBatch {
        guard let bytes = entry.fields.value("batch", at: 0) else { return EdgeBatch() }
        let partition = source == .own ? partition(toAnswer: entry) : nil
        guard source == .shared || partition != nil else {
            environment.metrics.heard(source, isUsed: true, filtered: 0)
            return try EdgeBatch(decoding: bytes)
        }
        var absent: [String]? = partition == nil ? nil : []
        let (batch, count) = try environment.census.read(bytes, absent: &absent)
        let left = batch.items.count + batch.unknownKinds.count
        environment.metrics.heard(source, isUsed: left > 0, filtered: count - left)
        if let partition, let absent { answer(absent, partition) }
        return batch
    }

    private func partition(toAnswer entry: StreamEntry) -> Int? {
        guard let text = try? entry.fields.text("answer", at: 1), let partition = Int(text),
            (0..<environment.configuration.partitions).contains(partition)
        else { return nil }
        return partition
    }

    /// Says who is not here. It is of use at once or not at all, so it is said once, and lost with the link.
    private func answer(_ absent: [String], _ partition: Int) {
        guard !absent.isEmpty else { return }
        let missed = pace.misses.withLock { $0.take(absent, now: .now) }
        environment.metrics.missed(missed.count, withheld: absent.count - missed.count)
        guard !missed.isEmpty else { return }
        let commands = stride(from: 0, to: missed.count, by: MissEntry.limit).map { start in
            let users = Array(missed[start..<min(start + MissEntry.limit, missed.count)])
            return RedisCommand.append(
                to: environment.keys.signals(partition),
                fields: MissEntry(users: users, edge: environment.configuration.edgeID).fields,
                maximumLength: environment.configuration.signalsLimit)
        }
        environment.redis.send(commands) { _ in }
    }
}
