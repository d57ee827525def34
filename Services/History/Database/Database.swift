import Logging
import Postgres
import ServiceLifecycle
import ServiceRuntime
import Synchronization

/// History's database: brings the schema up to date once it can be reached, keeps an eye on it, and runs statements, measured.
final class Database: Service, Sendable {
    /// The part of the readiness that this speaks for.
    static let part = "postgres"

    /// How each session is set up.
    ///
    /// The statements are few and each has one good plan, whatever its parameters and the size of the tables: look-ups in indexes, in their
    /// order. Said here, because a plan is kept, and one made while the tables are small or empty would read them from end to end and go on doing so while they grow.
    /// Planning anew over many partitions, or compiling plans, would cost more than running them; so would workers, which take longer to start than
    /// a statement to end.
    static let sessionParameters = [
        "plan_cache_mode": "force_generic_plan",
        "jit": "off",
        "enable_seqscan": "off",
        "enable_bitmapscan": "off",
        "enable_hashjoin": "off",
        "enable_mergejoin": "off",
        "max_parallel_workers_per_gather": "0",
        "default_transaction_isolation": "read committed",
    ]

    /// How the sessions for searches are set up: words are found by bitmaps, and what they give is joined by whichever way is short.
    static let searchParameters = [
        "plan_cache_mode": "force_generic_plan",
        "jit": "off",
        "enable_seqscan": "off",
        "enable_mergejoin": "off",
        "max_parallel_workers_per_gather": "0",
        "default_transaction_isolation": "read committed",
    ]
    /// So many searches are under way at once: each may keep a core of the database busy for a while.
    private static let searchConnections = 2

    let partitions = MessagePartitions()
    /// What messages are searched by; nil when they are not.
    let search: SearchSettings?
    private let configuration: PostgresConfiguration
    private let reading: PostgresPool
    private let writing: PostgresPool
    /// For what is done besides, a slice at a time: it waits for nobody, and nobody for it.
    private let keeping: PostgresPool
    /// One for each writer of the log.
    private let lanes: [PostgresConnection]
    private let searching: PostgresPool
    private let indexing: PostgresPool
    private let metrics: HistoryMetrics
    private let readiness: Readiness
    private let logger: Logger
    private let isPrepared = Atomic(false)
    private let onPrepared = Mutex<[@Sendable () -> Void]>([])

    /// A database that is neither asked nor changed until ``run()``. `connections` serve the REST queries, `writers` store
    /// what comes from the log, two more do what else there is to write, two search, and one indexes words.
    init(
        _ configuration: PostgresConfiguration, connections: Int, writers: Int, search: SearchSettings?,
        metrics: HistoryMetrics,
        readiness: Readiness, logger: Logger
    ) {
        self.search = search
        var configuration = configuration
        configuration.parameters = Self.sessionParameters
        self.configuration = configuration
        self.metrics = metrics
        self.readiness = readiness
        self.logger = logger
        reading = PostgresPool(configuration, size: connections, logger: logger)
        keeping = PostgresPool(configuration, size: 3, logger: logger)
        writing = PostgresPool(configuration, size: 2, logger: logger)
        lanes = (0..<writers).map { [configuration] _ in PostgresConnection(configuration, logger: logger) }
        var searchConfiguration = configuration
        searchConfiguration.parameters = Self.searchParameters
        searchConfiguration.statementTimeout = search?.timeout ?? configuration.statementTimeout
        searching = PostgresPool(
            searchConfiguration, size: Self.searchConnections, waiters: 32, logger: logger)
        indexing = PostgresPool(configuration, size: 1, logger: logger)
        readiness.notReady(Self.part, "not connected to \(configuration.place) yet")
        metrics.observe(reading: reading, writing: writing, searching: searching, indexing: indexing)
    }

    /// Has `body` called when the schema is there.
    func whenPrepared(_ body: @escaping @Sendable () -> Void) {
        onPrepared.withLock { $0.append(body) }
    }

    func run() async throws {
        try await cancelWhenGracefulShutdown { [self] in
            try await prepare()
            await watch()
        }
        await reading.close()
        await writing.close()
        await keeping.close()
        for lane in lanes { await lane.close() }
        await searching.close()
        await indexing.close()
    }

    // Statements

    /// Runs a query for a request.
    func read<S: PostgresStatement>(_ statement: S) async throws(PostgresError) -> [S.Row] {
        try await query(statement, on: reading)
    }

    /// Runs a part of a search for a request.
    func search<S: PostgresStatement>(_ statement: S) async throws(PostgresError) -> [S.Row] {
        try await query(statement, on: searching)
    }

    /// Runs a part of indexing words.
    func index<S: PostgresStatement>(_ statement: S) async throws(PostgresError) -> [S.Row] {
        try await query(statement, on: indexing)
    }

    /// Whether the schema is there.
    var isReady: Bool { isPrepared.load(ordering: .acquiring) }

    private func query<S: PostgresStatement>(
        _ statement: S, on pool: PostgresPool
    ) async throws(PostgresError) -> [S.Row] {
        try requirePrepared()
        return try await measured(S.name) { () async throws(PostgresError) in try await pool.execute(statement) }
    }

    private func requirePrepared() throws(PostgresError) {
        guard isReady else { throw PostgresError(.disconnected, "the database is not ready yet") }
    }

    /// Runs statements as one transaction, and gives the number of rows that each touched.
    func write(_ statements: [any PostgresStatement]) async throws(PostgresError) -> [Int] {
        try await measured("write") { () async throws(PostgresError) in
            try await writing.withConnection { connection throws(PostgresError) in
                try connection.transaction(statements)
            }
        }
    }

    /// Runs one statement that changes something, as a transaction of its own.
    func change<S: PostgresStatement>(_ statement: S) async throws(PostgresError) -> [S.Row] {
        try await query(statement, on: writing)
    }

    /// Runs a slice of housekeeping on a connection that neither requests nor ingest wait for.
    func keep<Value: Sendable>(
        _ body: @Sendable (isolated PostgresConnection) throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value {
        try requirePrepared()
        return try await measured("keep") { () async throws(PostgresError) in try await keeping.withConnection(body) }
    }

    /// Runs statements as one transaction on the connection of one of the writers, and gives the number of rows that each touched.
    func write(_ statements: [any PostgresStatement], lane: Int) async throws(PostgresError) -> [Int] {
        try await measured("write") { () async throws(PostgresError) in
            try await lanes[lane].transaction(statements)
        }
    }

    /// Makes the partitions of these months, unless they are there.
    func ensurePartitions(_ months: some Sequence<Month>) async throws(PostgresError) {
        try await partitions.ensure(months, on: writing)
    }

    private func measured<Value>(
        _ query: String, _ body: () async throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value {
        let start = ContinuousClock.now
        defer { metrics.record(query, ContinuousClock.now - start) }
        do throws(PostgresError) {
            return try await body()
        } catch {
            metrics.count(error)
            throw error
        }
    }

    // Preparing and watching

    /// Tries until the schema is up to date: a database that is not there yet is waited for. Throws when it does not fit this program.
    private func prepare() async throws {
        var migrating = configuration
        migrating.statementTimeout = .seconds(600)
        migrating.lockTimeout = .seconds(600)
        let connection = PostgresConnection(migrating, logger: logger)
        var wait = Duration.milliseconds(250)
        while !Task.isCancelled {
            do {
                let applied = try await connection.migrate(Migration.all).get()
                let isNewLanguage = try await setSearchLanguage(connection)
                await connection.close()
                if isNewLanguage {
                    logger.notice(
                        "words are searched by another language from now on",
                        metadata: ["language": "\(search?.language ?? "off")"])
                }
                if !applied.isEmpty { logger.notice("migrated the database", metadata: ["versions": "\(applied)"]) }
                try await partitions.ensureAhead(of: WallClock.milliseconds, on: writing)
                isPrepared.store(true, ordering: .releasing)
                readiness.ready(Self.part)
                logger.info("the database is ready", metadata: ["place": "\(configuration.place)"])
                for body in onPrepared.withLock({ $0 }) { body() }
                return
            } catch let error as PostgresError {
                unavailable(error)
                try? await Task.sleep(for: wait)
                wait = min(wait * 2, .seconds(5))
            }
        }
    }

    /// Has the words indexed by the language of the setting. Throws `SettingsError` when Postgres does not know it.
    private func setSearchLanguage(_ connection: PostgresConnection) async throws -> Bool {
        do throws(PostgresError) {
            return try await connection.execute(SetSearchLanguage(language: search?.language)) == [true]
        } catch {
            guard error.sqlState == "42704" else { throw error }
            throw SettingsError(
                "search-language", "is \"\(search?.language ?? "")\", which Postgres does not know",
                remedy: "give one of those that its catalogue pg_ts_config lists, such as simple or english, or off")
        }
    }

    /// Looks every two seconds whether the database answers, and each hour whether partitions have to be made ahead.
    private func watch() async {
        var nextPartitions = ContinuousClock.now + .seconds(3600)
        var wasAvailable = true
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(2))
            if Task.isCancelled { return }
            do {
                guard try await writing.execute(Probe()) == [true] else {
                    throw PostgresError(.disconnected, "\(configuration.place) is a standby and takes no writes")
                }
                if ContinuousClock.now >= nextPartitions {
                    try await partitions.ensureAhead(of: WallClock.milliseconds, on: writing)
                    nextPartitions = .now + .seconds(3600)
                }
                if !wasAvailable {
                    logger.notice("the database is back")
                }
                wasAvailable = true
                readiness.ready(Self.part)
            } catch let error as PostgresError where error.code == .overloaded {
                // All connections are at work, so it is there.
                continue
            } catch {
                if wasAvailable { unavailable(error) }
                wasAvailable = false
                readiness.notReady(Self.part, "\(error)")
            }
        }
    }

    private func unavailable(_ error: any Error) {
        readiness.notReady(Self.part, "\(configuration.place): \(error)")
        logger.warning(
            "the database cannot be used",
            metadata: ["place": "\(configuration.place)", "reason": "\(error)"])
    }
}
