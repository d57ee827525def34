import Messaging
import Metrics
import RedisStreams
import ServiceRuntime

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the router tells of itself.
final class MessageRouterMetrics: Sendable {
    private let messages: Counter
    private let recipients: Counter
    private let feedMessages: Counter
    private let deliveries: Counter
    private let edgeEntries: Counter
    private let edgeTargets: Counter
    private let sharedEntries: Counter
    private let misses: Counter
    private let resolutions: Counter
    private let undeliverables: Counter
    private let deadLetters: [DeadLetter.Class: Counter]
    private let untoldBatches: Counter
    private let membershipChanges: Counter
    private let contactNotes: Counter
    private let unnotedContacts: Counter
    private let revocations: Counter
    private let erasures: Counter
    private let failures: Counter
    private let batchEntries: Recorder
    private let latency: Timer

    init(registry: PrometheusRegistry) {
        func counter(_ label: String, _ help: String) -> Counter {
            registry.describe("\(label)_total", help)
            registry.describe(label, help)
            return Counter(label: label, factory: registry)
        }
        messages = counter("router_messages", "Messages routed; those of a batch that came again are counted again.")
        feedMessages = counter("router_topic_messages", "Messages of topics routed.")
        recipients = counter("router_recipients", "Users that messages were routed to.")
        deliveries = counter(
            "router_deliveries", "Calls to Redis for one recipient each: deliver, and look-ups of sessions.")
        edgeEntries = counter(
            "router_edge_entries", "Entries written to the streams of edges, that of all edges included.")
        sharedEntries = counter("router_shared_entries", "Of these, entries written to the stream that all edges read.")
        misses = counter(
            "router_misses", "Users whom an edge was told of and did not have: the ring had said that edge.")
        resolutions = counter(
            "router_misses_resolved",
            "Of these, those whom the register then had elsewhere: their edges were told to look."
        )
        edgeTargets = counter(
            "router_edge_targets",
            "Edges with a recipient, counted for each message, read mark and signal. The amplification is router_edge_entries_total / router_edge_targets_total."
        )
        undeliverables = counter("router_undeliverable", "Entries and signals that nobody is to get.")
        registry.describe("router_dead_letters", "Entries put aside, by what was wrong; one for each set of users.")
        deadLetters = Dictionary(
            uniqueKeysWithValues: DeadLetter.Class.allCases.map { kind in
                (
                    kind,
                    Counter(
                        label: "router_dead_letters", dimensions: [("reason", kind.rawValue)], factory: registry)
                )
            })
        untoldBatches = counter(
            "router_untold_batches", "Batches of which some edge could not be told, because its stream is broken.")
        membershipChanges = counter("router_membership_changes", "Membership changes applied.")
        contactNotes = counter(
            "router_contact_notes", "Users noted to have a conversation with another, or to be in a group.")
        unnotedContacts = counter(
            "router_contact_failures", "Of these, those that failed because the user's keys are broken.")
        erasures = counter(
            "router_erasures",
            "Entries of the log by which a user was erased: one in each partition, and another at the end.")
        revocations = counter("router_revocations", "Users whose sessions were ended on request.")
        failures = counter("router_batch_failures", "Batches that failed and come again.")
        registry.describe("router_batch_entries", "Entries of the log in a batch.")
        batchEntries = Recorder(label: "router_batch_entries", factory: registry)
        registry.describe("router_push_latency", "From the time in a message's id until its edges had been told.")
        latency = Timer(label: "router_push_latency", factory: registry)
    }

    /// Has the lag of each partition, and the number of live edges, read when metrics are asked for.
    func watch(
        _ consumer: PartitionConsumer, _ edges: EdgeBook, partitions: Int, logLimit: Int,
        registry: PrometheusRegistry
    ) {
        registry.describe("router_log_limit", "Entries of a partition's log from which on senders are told busy.")
        Gauge(label: "router_log_limit", factory: registry).record(logLimit)
        registry.watchPartitions(
            partitions, held: "router_partitions",
            [
                ("router_log_entries", "Entries in the log of a partition held by this instance."),
                ("router_lag_entries", "Entries of a partition held by this instance that are not routed yet."),
                (
                    "router_dead_letters_waiting",
                    "Dead letters of a partition held by this instance, to be replayed or dropped."
                ),
            ]
        ) { consumer.status.map { ($0.partition, [Int($0.length), Int($0.lag), Int($0.deadLetters)]) } }
        registry.describe("router_live_edges", "Edges alive, as the router knows.")
        let live = Gauge(label: "router_live_edges", factory: registry)
        registry.onRender { live.record(edges.count) }
    }

    func batch(entries: Int) {
        if entries > 0 { batchEntries.record(entries) }
    }

    func message(recipients count: Int) {
        messages.increment()
        recipients.increment(by: count)
    }

    func feedMessage() { feedMessages.increment() }
    func delivered(_ count: Int) { deliveries.increment(by: count) }
    func undeliverable() { undeliverables.increment() }
    func putAside(_ kind: DeadLetter.Class) { deadLetters[kind]?.increment() }
    func missed(_ users: Int) { misses.increment(by: users) }
    func resolved(_ users: Int) { resolutions.increment(by: users) }
    func untold() { untoldBatches.increment() }
    func noted(_ count: Int) { contactNotes.increment(by: count) }
    func unnoted() { unnotedContacts.increment() }
    func membershipChange() { membershipChanges.increment() }
    func erasure() { erasures.increment() }
    func revocation() { revocations.increment() }
    func failed() { failures.increment() }

    /// The edges have been told of these messages.
    func pushed(_ ids: [MessageID], entries: Int, shared: Int, targets: Int) {
        edgeEntries.increment(by: entries)
        if shared > 0 { sharedEntries.increment(by: shared) }
        edgeTargets.increment(by: targets)
        guard !ids.isEmpty else { return }
        let now = Self.now()
        for id in ids { latency.recordMilliseconds(max(0, now - Int64(clamping: id.milliseconds))) }
    }

    private static func now() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
