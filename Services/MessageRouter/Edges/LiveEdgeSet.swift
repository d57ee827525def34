import Logging
import Messaging
import RedisStreams
import ServiceLifecycle
import ServiceRuntime
import Synchronization

/// Which incarnations of edges are alive, as this process knows it: read every second, and at once when an incarnation is met that it does not know.
///
/// A new edge writes its record before its first session, so an incarnation that is not among the records just read is dead, and a dead one never comes back.
/// Whether Redis can be reached is reported from here too.
final class LiveEdgeSet: Service, Sendable {
    private struct State {
        var edges: [String: String] = [:] {
            didSet { ids = Set(edges.values) }
        }
        private(set) var ids: Set<String> = []
        /// Met, looked for and not found since the last reading; so that many sessions of a dead edge cost one look.
        var dead: Set<String> = []

        init(edges: [String: String] = [:]) {
            self.edges = edges
            ids = Set(edges.values)
        }
    }

    private let state = Mutex(State())
    private let redis: RedisConnection
    private let keys: Keys
    private let readiness: Readiness
    private let interval: Duration

    init(redis: RedisConnection, keys: Keys, readiness: Readiness, interval: Duration = .seconds(1)) {
        self.redis = redis
        self.keys = keys
        self.readiness = readiness
        self.interval = interval
        readiness.notReady("redis", "not connected yet")
    }

    /// How many edges are alive.
    var count: Int { state.withLock { $0.edges.count } }

    /// Those that are alive, as of the last reading.
    var ids: Set<String> { state.withLock { $0.ids } }

    /// The edges of those of these incarnations that are alive: incarnation → edge.
    func edges(of incarnations: some Sequence<String>) async throws(RedisError) -> [String: String] {
        let known = state.withLock { $0 }
        var isComplete = true
        for incarnation in incarnations where known.edges[incarnation] == nil && !known.dead.contains(incarnation) {
            isComplete = false
        }
        guard !isComplete else { return known.edges }
        let edges = try await read()
        state.withLock { state in
            state.edges = edges
            for incarnation in incarnations where edges[incarnation] == nil { state.dead.insert(incarnation) }
        }
        return edges
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                await refresh()
                try? await Task.sleep(for: interval)
            }
        }
    }

    /// Reads them now.
    func refresh() async {
        do {
            let edges = try await read()
            state.withLock { $0 = State(edges: edges) }
            if let trouble = redis.trouble { throw trouble }
            readiness.ready("redis")
        } catch {
            readiness.notReady("redis", "\(error)")
        }
    }

    private func read() async throws(RedisError) -> [String: String] {
        let records = try LiveEdges.reply(await redis.execute(LiveEdges.command(keys: keys)))
        var edges: [String: String] = [:]
        for (edge, record) in records { edges[record.incarnation] = edge }
        return edges
    }
}
