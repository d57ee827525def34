import Messaging
import RedisStreams
import Synchronization

/// Writes to the edges' streams: one entry for each edge and batch.
final class EdgeWriter: Sendable {
    /// What the stream of an edge keeps: it is there to be read at once, and what is cut off unread heals by the chain.
    private static let length = 10_000
    /// The stream of an edge that is no more goes away after this.
    private static let retention = Duration.seconds(3600)
    private static let renewal = Duration.seconds(300)

    private let redis: RedisConnection
    private let keys: Keys
    private let expirySet = Mutex<[String: ContinuousClock.Instant]>([:])

    init(redis: RedisConnection, keys: Keys) {
        self.redis = redis
        self.keys = keys
    }

    /// Appends the batches, in order.
    /// - Throws: ``RedisError`` when one of them was not written; some may have been.
    func write(_ batches: [(edge: String, batch: EdgeBatch)]) async throws(RedisError) {
        guard !batches.isEmpty else { return }
        var commands: [RedisCommand] = []
        let now = ContinuousClock.now
        for (edge, batch) in batches {
            let key = keys.out(edge)
            commands.append(
                .append(to: key, fields: [Array("batch".utf8), batch.encoded()], maximumLength: Self.length))
            if needsExpiry(edge, now) {
                commands.append(RedisCommand("EXPIRE", .text(key), .integer(Self.retention.components.seconds)))
            }
        }
        for result in await redis.execute(commands) { _ = try result.get() }
        expirySet.withLock { expirySet in
            for (edge, _) in batches where needsExpiry(edge, now, expirySet) { expirySet[edge] = now }
            if expirySet.count > 10_000 { expirySet = expirySet.filter { now - $0.value < Self.renewal } }
        }
    }

    private func needsExpiry(_ edge: String, _ now: ContinuousClock.Instant) -> Bool {
        expirySet.withLock { needsExpiry(edge, now, $0) }
    }

    private func needsExpiry(
        _ edge: String, _ now: ContinuousClock.Instant, _ set: [String: ContinuousClock.Instant]
    ) -> Bool {
        guard let last = set[edge] else { return true }
        return now - last >= Self.renewal
    }
}
