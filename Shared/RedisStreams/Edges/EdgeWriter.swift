public import Messaging
internal import Synchronization

/// Writes to the edges' streams: one entry for each edge and batch, or one to the stream that all edges read.
///
/// A stream is there to be read at once. It keeps 10,000 entries and so many bytes, in case its edge does not read for a while; what is cut off unread heals by
/// the chain: the edge reads the inboxes, and the logs of topics.
public final class EdgeWriter: Sendable {
    /// What is known of a stream.
    private struct Stream {
        var room: StreamRoom
        var written: ContinuousClock.Instant
        var expirySet: ContinuousClock.Instant?
    }

    private static let length = 10_000
    /// The stream of an edge that is no more goes away after this.
    private static let retention = Duration.seconds(3600)
    private static let renewal = Duration.seconds(300)

    private let redis: RedisConnection
    private let keys: Keys
    private let bytes: Int
    private let streams = Mutex<[String: Stream]>([:])

    /// A writer that has written nothing.
    /// - Parameter bytes: What each stream may take.
    public init(redis: RedisConnection, keys: Keys, bytes: Int = 64 << 20) {
        self.redis = redis
        self.keys = keys
        self.bytes = bytes
    }

    /// Appends the batches, each to its edge's stream or to that of all edges, in order.
    /// - Parameter answer: the partition on which an edge is to say whom of those it was told of it does not have; nil: it need not.
    /// - Throws: ``RedisError`` when one of them was not written; some may have been. One that is no outage is thrown only when there was none.
    public func write(
        _ batches: [(target: EdgeTarget, batch: EdgeBatch)], answer: Int? = nil
    ) async throws(RedisError) {
        var entries: [(key: String, batch: EdgeBatch, answer: Int?)] = []
        entries.reserveCapacity(batches.count)
        for (target, batch) in batches {
            switch target {
            case .edge(let edge): entries.append((keys.out(edge), batch, answer))
            case .all: entries.append((keys.all, batch, nil))
            }
        }
        try await append(entries)
    }

    /// Appends a batch to the stream that all edges read.
    /// - Throws: ``RedisError`` when it was not written.
    public func writeToAll(_ batch: EdgeBatch) async throws(RedisError) { try await write([(.all, batch)]) }

    private func append(_ batches: [(key: String, batch: EdgeBatch, answer: Int?)]) async throws(RedisError) {
        guard !batches.isEmpty else { return }
        var commands: [RedisCommand] = []
        var expiring: [String] = []
        let now = ContinuousClock.now
        for (key, batch, answer) in batches {
            let data = batch.encoded()
            let (length, expires) = add(data.count, to: key, now)
            var fields = [Array("batch".utf8), data]
            if let answer { fields += [Array("answer".utf8), Array(String(answer).utf8)] }
            commands.append(.append(to: key, fields: fields, maximumLength: length))
            guard expires else { continue }
            commands.append(RedisCommand("EXPIRE", .text(key), .integer(Self.retention.components.seconds)))
            expiring.append(key)
        }
        var failure: RedisError?
        for case .failure(let error) in await redis.execute(commands) where failure == nil || error.isOutage {
            failure = error
        }
        if let failure { throw failure }
        guard !expiring.isEmpty else { return }
        streams.withLock { streams in
            for key in expiring { streams[key]?.expirySet = now }
            streams = streams.filter { now - $0.value.written < Self.retention }
        }
    }

    /// Takes an entry into account: how many the stream may keep with it, and whether its expiry is to be set.
    private func add(_ size: Int, to key: String, _ now: ContinuousClock.Instant) -> (length: Int, expires: Bool) {
        streams.withLock { streams in
            var stream =
                streams.removeValue(forKey: key)
                ?? Stream(room: StreamRoom(bytes: bytes, entries: Self.length), written: now)
            stream.written = now
            let length = stream.room.add(size)
            let expires = stream.expirySet.map { now - $0 >= Self.renewal } ?? true
            streams[key] = stream
            return (length, expires)
        }
    }
}
