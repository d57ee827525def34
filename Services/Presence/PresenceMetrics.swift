import Messaging
import Metrics
import RedisStreams
import ServiceRuntime

/// What presence tells of itself.
final class PresenceMetrics: Sendable {
    private let events: Counter
    private let looks: Counter
    private let cameOnline: Counter
    private let wentOffline: Counter
    private let transitions: Counter
    private let edgeItems: Counter
    private let wishes: Counter
    private let sweptSessions: Counter
    private let sweptIncarnations: Counter
    private let deadLetters: [DeadLetter.Class: Counter]
    private let explanations: Counter
    private let unanswered: Counter
    private let failures: Counter
    private let brokenUsers: Counter
    private let ringJoins: Counter
    private let ringLeaves: Counter
    private let locates: [Location: Counter]
    private let batchEvents: Recorder

    /// What a question where a user belongs was answered with.
    enum Location: String, CaseIterable {
        /// The edge that the user belongs on.
        case home
        /// Another, since that one is full or gone.
        case elsewhere
        case nowhere
    }

    init(registry: PrometheusRegistry) {
        func counter(_ label: String, _ help: String, _ dimensions: [(String, String)] = []) -> Counter {
            registry.describe("\(label)_total", help)
            registry.describe(label, help)
            return Counter(label: label, dimensions: dimensions, factory: registry)
        }
        events = counter(
            "presence_session_events", "Session events read; those of a batch that came again are counted again.")
        looks = counter("presence_looks", "Looks at a user's sessions.")
        let changes = "Users whose status changed."
        cameOnline = counter("presence_changes", changes, [("status", "online")])
        wentOffline = counter("presence_changes", changes, [("status", "offline")])
        transitions = counter(
            "presence_transitions",
            "Changes of users' status appended to the streams of transitions; some of them again.")
        edgeItems = counter(
            "presence_edge_items", "Changes told to edges on which somebody watches the user, one for each edge.")
        wishes = counter("presence_wishes", "Changes of what users want to be seen as.")
        sweptSessions = counter("presence_swept_sessions", "Sessions of dead edges that were removed.")
        sweptIncarnations = counter(
            "presence_swept_incarnations", "Dead incarnations of edges that were swept to the end.")
        deadLetters = Dictionary(
            uniqueKeysWithValues: DeadLetter.Class.allCases.map { kind in
                (
                    kind,
                    counter(
                        "presence_dead_letters", "Session events put aside, by what was wrong.",
                        [("reason", kind.rawValue)])
                )
            })
        explanations = counter("presence_explanations", "Users explained to an operator.")
        unanswered = counter(
            "presence_explanations_unanswered", "Edges that did not answer in time when a user was explained.")
        failures = counter("presence_failures", "Batches, looks and sweeps that failed and are done again.")
        brokenUsers = counter(
            "presence_broken_users", "Looks at users whose keys in Redis are broken; they are repeated each minute.")
        let ringChanges = "Edges that this instance put on the ring or took off it."
        ringJoins = counter("presence_ring_changes", ringChanges, [("change", "joined")])
        ringLeaves = counter("presence_ring_changes", ringChanges, [("change", "left")])
        locates = Dictionary(
            uniqueKeysWithValues: Location.allCases.map { location in
                (
                    location,
                    counter(
                        "presence_locates", "Questions where a user belongs, by the answer.",
                        [("answer", location.rawValue)])
                )
            })
        registry.describe("presence_batch_events", "Session events in a batch.")
        batchEvents = Recorder(label: "presence_batch_events", factory: registry)
    }

    /// Has the lag of each partition, the number of live edges and the ring read when metrics are asked for.
    func watch(
        _ consumer: PartitionConsumer, _ edges: EdgeBook, _ ring: RingBook, partitions: Int,
        registry: PrometheusRegistry
    ) {
        registry.watchPartitions(
            partitions, held: "presence_partitions",
            [
                ("presence_lag_events", "Events of a partition held by this instance that are not consumed yet."),
                (
                    "presence_dead_letters_waiting",
                    "Dead letters of a partition held by this instance, to be replayed or dropped."
                ),
            ]
        ) { consumer.status.map { ($0.partition, [Int($0.lag), Int($0.deadLetters)]) } }
        registry.describe("presence_live_edges", "Edges alive.")
        registry.describe("presence_edge_sessions", "Sessions that the live edges say they hold.")
        registry.describe("presence_ring_version", "Version of the ring.")
        registry.describe("presence_ring_edges", "Edges on the ring, alive or not.")
        registry.describe(
            "presence_edge_load_highest",
            "What the fullest edge has in relation to what is its due by weight; past 1.25 nobody is placed on it.")
        let version = Gauge(label: "presence_ring_version", factory: registry)
        let members = Gauge(label: "presence_ring_edges", factory: registry)
        let highest = Gauge(label: "presence_edge_load_highest", factory: registry)
        let live = Gauge(label: "presence_live_edges", factory: registry)
        let sessions = Gauge(label: "presence_edge_sessions", factory: registry)
        registry.onRender {
            let records = edges.records
            live.record(records.count)
            sessions.record(records.values.reduce(0) { $0 + $1.sessions })
            let view = ring.view
            let bounds = RingBounds(view.hash, records: records, adding: 0)
            version.record(view.ring.version)
            members.record(view.ring.edges.count)
            highest.record(bounds.sessions.keys.map(bounds.load).max() ?? 0)
        }
    }

    func batch(events count: Int) {
        events.increment(by: count)
        batchEvents.record(count)
    }

    func settled(_ settlement: PresenceSettleScript.Settlement) {
        looks.increment()
        guard settlement.isChanged else { return }
        (settlement.isOnline ? cameOnline : wentOffline).increment()
    }

    func appended(transitions count: Int) { transitions.increment(by: count) }
    func told(edgeItems count: Int) { edgeItems.increment(by: count) }
    func wished() { wishes.increment() }
    func ringChanged(joined: Int, left: Int) {
        ringJoins.increment(by: joined)
        ringLeaves.increment(by: left)
    }

    func located(_ location: Location) { locates[location]?.increment() }
    func swept(sessions count: Int) { sweptSessions.increment(by: count) }
    func sweptIncarnation() { sweptIncarnations.increment() }
    func putAside(_ kind: DeadLetter.Class) { deadLetters[kind]?.increment() }
    func brokenUser() { brokenUsers.increment() }
    func explained(unanswered edges: Int) {
        explanations.increment()
        if edges > 0 { unanswered.increment(by: edges) }
    }
    func failed() { failures.increment() }
}
