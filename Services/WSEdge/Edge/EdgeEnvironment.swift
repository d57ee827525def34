import Authentication
import Logging
import Messaging
import RedisStreams
import ServiceRuntime
import Synchronization

/// What all event loops of an edge share.
final class EdgeEnvironment: Sendable {
    let configuration: WSEdgeConfiguration
    let keys: Keys
    let redis: RedisLink
    /// The way for what is appended to the log, where that waits for replicas; nil when it goes like everything else.
    let publishing: RedisLink?
    let verifier: TokenVerifier
    /// Where users belong.
    let ring: RingBook
    let metrics: WSEdgeMetrics
    let logger: Logger
    let census = SessionCensus()
    let sockJS = SockJSDirectory()
    private let sequence = Atomic<UInt64>(0)
    private let connectionCount = Atomic(0)
    private let sessionCount = Atomic(0)
    private let feedCount = Atomic(0)
    private let subscriptionCount = Atomic(0)
    private let eventStreamCount = Atomic(0)
    private let draining = Atomic(false)
    private let watchedCount = Atomic(0)
    private let handshakesWaiting = Atomic(0)
    private let registrationsWaiting = Atomic(0)
    private let incarnation = Mutex<Incarnation?>(nil)

    init(
        configuration: WSEdgeConfiguration, redis: RedisLink, publishing: RedisLink? = nil, verifier: TokenVerifier,
        ring: RingBook? = nil, metrics: WSEdgeMetrics, logger: Logger
    ) {
        self.configuration = configuration
        keys = configuration.keys
        self.redis = redis
        self.publishing = publishing
        self.verifier = verifier
        self.ring = ring ?? RingBook(logger: logger)
        self.metrics = metrics
        self.logger = logger
    }

    /// The partition of a conversation or a user.
    func partition(of key: String) -> Int { Partition.of(key, count: configuration.partitions) }

    /// The number of the next session event; grows over all event loops.
    func nextSequence() -> UInt64 { sequence.wrappingAdd(1, ordering: .relaxed).newValue }

    // MARK: Counts

    var connections: Int { connectionCount.load(ordering: .relaxed) }
    var sessions: Int { sessionCount.load(ordering: .relaxed) }

    /// Takes a place for a WebSocket; false when all are taken.
    func connectionBegins() -> Bool {
        guard connectionCount.wrappingAdd(1, ordering: .relaxed).newValue <= configuration.maximumConnections else {
            connectionEnded()
            return false
        }
        return true
    }

    func connectionEnded() { connectionCount.wrappingSubtract(1, ordering: .relaxed) }
    func sessionBegan() { sessionCount.wrappingAdd(1, ordering: .relaxed) }
    func sessionEnded() { sessionCount.wrappingSubtract(1, ordering: .relaxed) }

    /// Sessions that are spoken as Server-Sent Events.
    var eventStreams: Int { eventStreamCount.load(ordering: .relaxed) }
    func eventStreamsChanged(by difference: Int) { eventStreamCount.wrappingAdd(difference, ordering: .relaxed) }

    /// Topics heard, counted once for each event loop, and sessions that hear them.
    var topics: (feeds: Int, subscriptions: Int) {
        (feedCount.load(ordering: .relaxed), subscriptionCount.load(ordering: .relaxed))
    }

    func feedsChanged(by difference: Int) { feedCount.wrappingAdd(difference, ordering: .relaxed) }
    func subscriptionsChanged(by difference: Int) { subscriptionCount.wrappingAdd(difference, ordering: .relaxed) }

    /// Handshakes and registrations that wait for their turn, see ``Admission``.
    var waiting: (handshakes: Int, registrations: Int) {
        (handshakesWaiting.load(ordering: .relaxed), registrationsWaiting.load(ordering: .relaxed))
    }

    func waitingChanged(handshakes: Int, registrations: Int) {
        handshakesWaiting.wrappingAdd(handshakes, ordering: .relaxed)
        registrationsWaiting.wrappingAdd(registrations, ordering: .relaxed)
    }

    /// Users watched, those of each event loop counted by themselves.
    var watchedUsers: Int { watchedCount.load(ordering: .relaxed) }
    func watchedChanged(by count: Int) { watchedCount.wrappingAdd(count, ordering: .relaxed) }

    // MARK: This life

    /// The incarnation that the edge's lease was last taken for; nil until then.
    var currentIncarnation: Incarnation? {
        get { incarnation.withLock { $0 } }
        set { incarnation.withLock { $0 = newValue } }
    }

    // MARK: Shutdown

    /// Whether the edge is on its way out and takes no more connections.
    var isDraining: Bool { draining.load(ordering: .relaxed) }
    func drain() { draining.store(true, ordering: .relaxed) }
}
