public import Messaging
public import ServiceLifecycle
internal import Synchronization

/// The records of the live edges, as this process knows them: read every second, and at once for those who decide by them.
///
/// A new edge writes its record before its first session, so an incarnation that is not among the records just read is dead, and a dead one never comes back.
public final class EdgeBook: Service, Sendable {
    private struct State {
        var records: [String: EdgeRecord] = [:]
        /// Incarnation → edge.
        var edges: [String: String] = [:]
        /// The edges' ids.
        var ids: Set<String> = []
        /// Met, looked for and not found since the last regular reading; so that many sessions of a dead edge cost one look.
        var dead: Set<String> = []

        mutating func take(_ records: [String: EdgeRecord]) {
            self.records = records
            ids = Set(records.keys)
            edges = EdgeBook.edges(of: records)
        }
    }

    private let state = Mutex(State())
    private let redis: RedisConnection
    private let keys: Keys
    private let interval: Duration
    private let onReading: @Sendable (RedisError?) -> Void

    /// A book that is empty until it is asked, or runs.
    /// - Parameter onReading: told after each regular reading, with why it failed if it did, or what else is wrong with Redis.
    public init(
        redis: RedisConnection, keys: Keys, interval: Duration = .seconds(1),
        onReading: @escaping @Sendable (RedisError?) -> Void = { _ in }
    ) {
        self.redis = redis
        self.keys = keys
        self.interval = interval
        self.onReading = onReading
    }

    /// Edge → record, at most a second or so old while Redis can be reached.
    public var records: [String: EdgeRecord] { state.withLock { $0.records } }

    /// How many edges are alive.
    public var count: Int { state.withLock { $0.records.count } }

    /// The ids of those that are alive, as of the last reading.
    public var ids: Set<String> { state.withLock { $0.ids } }

    /// The incarnations alive now.
    /// - Throws: ``RedisError``, as the other readings.
    public func liveIncarnations() async throws(RedisError) -> Set<String> {
        Set(try await read().values.map(\.incarnation))
    }

    /// The edges of those of these incarnations that are alive: incarnation → edge, maybe with others. Redis is asked when one is met that is not known.
    public func edges(of incarnations: some Sequence<String>) async throws(RedisError) -> [String: String] {
        let known = state.withLock { $0 }
        guard incarnations.contains(where: { known.edges[$0] == nil && !known.dead.contains($0) }) else {
            return known.edges
        }
        // By what was read here: what another reading that began earlier has put in the book since says nothing of these.
        let edges = Self.edges(of: try await read())
        state.withLock { state in
            for incarnation in incarnations where edges[incarnation] == nil { state.dead.insert(incarnation) }
        }
        return edges
    }

    private static func edges(of records: [String: EdgeRecord]) -> [String: String] {
        Dictionary(records.map { ($0.value.incarnation, $0.key) }) { first, _ in first }
    }

    /// Edge → record, as it stands now.
    @discardableResult
    public func read() async throws(RedisError) -> [String: EdgeRecord] {
        let records = try LiveEdges.reply(await redis.execute(LiveEdges.command(keys: keys)))
        state.withLock { $0.take(records) }
        return records
    }

    /// Reads until graceful shutdown.
    public func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                do throws(RedisError) {
                    try await read()
                    state.withLock { $0.dead = [] }
                    onReading(redis.trouble)
                } catch {
                    onReading(error)
                }
                try? await Task.sleep(for: interval)
            }
        }
    }
}
