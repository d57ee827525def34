import CoreMetrics
import Messaging
import Metrics
import Postgres
import RedisStreams
import ServiceRuntime
import Synchronization

/// What history measures. Made once; recording needs no look-up but for the name of a query.
final class HistoryMetrics: Sendable {
    private let messages: Counter
    private let memberships: Counter
    private let reads: Counter
    /// Message rows that were new; the others were repeats.
    private let rows: Counter
    private let batchEntries: Recorder
    private let deadLetters: [DeadLetter.Class: Counter]
    private let changes: [ChangeVerdict: Counter]
    private let errors: [PostgresError.Kind: Counter]
    private let queries: [String: Metrics.Timer]
    private let otherQueries: Metrics.Timer
    private let wordsIndexed: Counter
    /// Up to when messages' words are indexed, in milliseconds; 0 before that is known.
    private let wordsReach = Atomic<Int64>(0)
    private let replicaUses: [ReplicaUse: Counter]
    private let registry: PrometheusRegistry

    /// The names of the statements that are measured.
    static let queryNames = [
        "write", "keep", AccessQuery.name, MessagesBefore.name, MessagesAfter.name, OneMessage.name, ReceiptsQuery.name,
        LastSaidQuery.name, SyncQuery.name, ConversationsQuery.name, CanariesQuery.name, SearchTermsQuery.name,
        SearchScopeQuery.name, SearchMonthsQuery.name, SearchHitsQuery.name, SearchPageQuery.name, IndexWords.name,
        IndexStaleWords.name, SearchLease.name, ApplyChanges.name, PositionsQuery.name,
    ]

    init(_ registry: PrometheusRegistry) {
        self.registry = registry
        func entries(_ type: String) -> Counter {
            Counter(label: "history_entries", dimensions: [("type", type)], factory: registry)
        }
        messages = entries("message")
        memberships = entries("member")
        reads = entries("read")
        rows = Counter(label: "history_rows", factory: registry)
        batchEntries = Recorder(label: "history_batch_entries", dimensions: [], aggregate: true, factory: registry)
        deadLetters = Dictionary(
            uniqueKeysWithValues: DeadLetter.Class.allCases.map { kind in
                (
                    kind,
                    Counter(
                        label: "history_dead_letters", dimensions: [("reason", kind.rawValue)], factory: registry)
                )
            })
        changes = Dictionary(
            uniqueKeysWithValues: ChangeVerdict.allCases.map { verdict in
                (
                    verdict,
                    Counter(label: "history_changes", dimensions: [("verdict", verdict.rawValue)], factory: registry)
                )
            })
        var errors: [PostgresError.Kind: Counter] = [:]
        for (kind, name) in [(PostgresError.Kind.transient, "transient"), (.input, "input"), (.setup, "setup")] {
            errors[kind] = Counter(label: "history_postgres_errors", dimensions: [("kind", name)], factory: registry)
        }
        self.errors = errors
        replicaUses = Dictionary(
            uniqueKeysWithValues: ReplicaUse.allCases.map { use in
                (
                    use,
                    Counter(label: "history_replica_reads", dimensions: [("result", use.rawValue)], factory: registry)
                )
            })
        func query(_ name: String) -> Metrics.Timer {
            Metrics.Timer(label: "history_query_duration", dimensions: [("query", name)], factory: registry)
        }
        queries = Dictionary(uniqueKeysWithValues: Self.queryNames.map { ($0, query($0)) })
        otherQueries = query("other")
        wordsIndexed = Counter(label: "history_words_indexed", factory: registry)
        registry.describe(
            "history_replica_reads",
            "Requests where there is a replica: answered from it, or from the primary and why.")
        registry.describe("history_entries", "Entries of the log taken in, by type.")
        registry.describe("history_rows", "Message rows that were new; repeats are not counted.")
        registry.describe("history_batch_entries", "Entries in one transaction.")
        registry.describe(
            "history_dead_letters", "Entries that cannot be stored and were put aside, by what was wrong.")
        registry.describe("history_changes", "Wishes to edit or delete a message, by what became of them.")
        registry.describe("history_postgres_errors", "Errors of Postgres: transient, input, setup.")
        registry.describe("history_query_duration", "Time of a statement, waiting for a connection included.")
        registry.describe("history_words_indexed", "Messages whose words this instance has indexed.")
        registry.describe("history_connections_in_use", "Connections to Postgres at work, by pool.")
        registry.describe("history_connection_waiters", "Callers waiting for a connection to Postgres, by pool.")
    }

    /// Shows how old what the index of words does not have yet may be; each instance tells it, from what it last saw.
    func observeIndex() {
        let lag = Gauge(label: "history_words_lag_seconds", factory: registry)
        registry.describe("history_words_lag_seconds", "How long ago what the index of words reaches to was said.")
        registry.onRender { [self] in
            let reach = wordsReach.load(ordering: .relaxed)
            if reach > 0 { lag.record(Double(max(0, WallClock.milliseconds - reach)) / 1000) }
        }
    }

    /// The index of words reaches up to here.
    func indexed(through id: StoredID) { wordsReach.store(id.ms, ordering: .relaxed) }

    /// So many messages were indexed.
    func countIndexed(_ messages: Int) { if messages > 0 { wordsIndexed.increment(by: messages) } }

    func record(_ query: String, _ duration: Duration) {
        (queries[query] ?? otherQueries).record(duration: duration)
    }

    func count(_ error: PostgresError) { errors[error.kind]?.increment() }

    /// What was stored in one transaction; `rows` were new.
    func count(_ records: [IngestRecord], rows: Int) {
        var (messages, memberships, reads) = (0, 0, 0)
        for record in records {
            switch record.content {
            case .message: messages += 1
            case .membership: memberships += 1
            case .read: reads += 1
            case .canary: continue
            }
        }
        let entries = messages + memberships + reads
        if messages > 0 { self.messages.increment(by: messages) }
        if memberships > 0 { self.memberships.increment(by: memberships) }
        if reads > 0 { self.reads.increment(by: reads) }
        if rows > 0 { self.rows.increment(by: rows) }
        if entries > 0 { batchEntries.record(entries) }
    }

    func judged(_ verdict: ChangeVerdict) { changes[verdict]?.increment() }

    func count(_ use: ReplicaUse) { replicaUses[use]?.increment() }

    func putAside(_ kind: DeadLetter.Class) { deadLetters[kind]?.increment() }

    /// Shows how busy the pools are.
    func observe(reading: PostgresPool, writing: PostgresPool, searching: PostgresPool, indexing: PostgresPool) {
        for (name, pool) in [("read", reading), ("write", writing), ("search", searching), ("index", indexing)] {
            observe(pool, name)
        }
    }

    /// Shows how the replica is.
    func observe(_ replica: Replica, pool: PostgresPool) {
        observe(pool, "replica")
        registry.describe("history_replica_up", "1 while the replica answers.")
        registry.describe(
            "history_replica_lag_seconds", "How far the replica is behind the primary, to about a second.")
        let up = Gauge(label: "history_replica_up", dimensions: [], factory: registry)
        let lag = Gauge(label: "history_replica_lag_seconds", dimensions: [], factory: registry)
        registry.onRender { [weak replica] in
            guard let replica else { return }
            up.record(replica.isUsable ? 1 : 0)
            lag.record(Double(replica.lag / .milliseconds(1)) / 1000)
        }
    }

    private func observe(_ pool: PostgresPool, _ name: String) {
        let used = Gauge(label: "history_connections_in_use", dimensions: [("pool", name)], factory: registry)
        let waiting = Gauge(label: "history_connection_waiters", dimensions: [("pool", name)], factory: registry)
        registry.onRender {
            let usage = pool.usage
            used.record(usage.leased)
            waiting.record(usage.waiting)
        }
    }

    /// Shows how far behind each partition is, and how many dead letters it has.
    func observe(_ consumer: PartitionConsumer, partitions: Int) {
        registry.watchPartitions(
            partitions, held: nil,
            [
                ("history_lag_entries", "Entries of a partition of the log not stored yet, if it is read here."),
                (
                    "history_dead_letters_waiting",
                    "Dead letters of a partition held by this instance, to be replayed or dropped."
                ),
            ]
        ) { consumer.status.map { ($0.partition, [Int($0.lag), Int($0.deadLetters)]) } }
    }
}
