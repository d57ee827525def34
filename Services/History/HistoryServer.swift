import Authentication
import Logging
import RedisStreams
import ServiceLifecycle
import ServiceRuntime

/// What history consists of. The data flow:
///
///     {p:n}:log ── PartitionConsumer ──▶ IngestHandler ──▶ BatchWriter ──▶ BatchStore ──▶ Database ──▶ Postgres
///                  (leases, order,       (entries into     (a lane for some  (one transaction,   ▲
///                   commits after)        records)          partitions each)  isolates)          │
///                                             ├──▶ DeadLetters ◀──────────────────┘              │
///     {p:n}:log ◀── answers ── ChangeJudge ◀──┘ (wishes to change messages) ──────────────────────▶│
///     messages ──▶ WordIndexer (one, by a lease; up to the horizon) ──▶ words ───────────────────────┤
///     HTTP ──▶ HistoryRoutes ──▶ HistoryReader ──────────────────────────────────────────────────┤
///          └─▶ JobRoutes, ExportRoutes                    Housekeeper (lease, slices) ───────────┘
///
/// `handle` returns when its entries are stored; then the consumer commits the position. While Postgres is away `handle` does not
/// return well, so nothing more is read, the log grows up to its mark, and nothing is lost. Requests are answered 503 meanwhile.
enum HistoryServer {
    static func services(_ context: ServiceContext) async throws -> [any Service] {
        let configuration = try HistoryConfiguration(context.settings)
        let verifier = try await TokenVerifier(
            secret: configuration.common.secret, jwksFile: configuration.common.keyFile,
            lifetimeLimit: configuration.common.tokenLifetimeLimit, logger: context.logger)
        try await Installation.check(
            configuration.redis, keys: configuration.keys, partitions: configuration.partitions,
            logger: context.logger)

        let metrics = HistoryMetrics(context.metrics)
        let redis = RedisConnection(configuration.redis, name: configuration.instance, logger: context.logger)
        let database = Database(
            configuration.database, connections: configuration.connections, writers: configuration.writers,
            search: configuration.search, metrics: metrics, readiness: context.readiness, logger: context.logger)
        let deadLetters = DeadLetters(
            group: HistoryConfiguration.group, stream: .log, redis: redis, keys: configuration.keys,
            logger: context.logger, onPut: metrics.putAside)
        let writer = BatchWriter(
            lanes: configuration.writers,
            store: BatchStore(database: database, deadLetters: deadLetters, metrics: metrics, logger: context.logger),
            readiness: context.readiness)
        database.whenPrepared { writer.open() }
        var reading = ConsumerConfiguration(
            group: HistoryConfiguration.group, instance: configuration.instance,
            partitions: configuration.partitions, keys: configuration.keys, stream: .log,
            trimsWith: HistoryConfiguration.readers, batch: IngestHandler.batch, pace: .milliseconds(10))
        // So many wait while as many are being stored.
        (reading.readCount, reading.batchesAhead) = (IngestHandler.readCount, 1)
        let consumer = PartitionConsumer(
            reading, redis: configuration.redis, commands: redis,
            handler: IngestHandler(
                writer: writer, deadLetters: deadLetters,
                judge: ChangeJudge(
                    database: database, redis: redis, keys: configuration.keys, deadLetters: deadLetters,
                    rules: configuration.changes, metrics: metrics)),
            deadLetters: deadLetters,
            logger: context.logger)
        metrics.observe(consumer, partitions: configuration.partitions)

        let publisher = LogPublisher(
            redis: redis, keys: configuration.keys, partitions: configuration.partitions, limit: configuration.logLimit)
        let housekeeping = HousekeepingMetrics(context.metrics)
        let alarm = Alarm()
        let housekeeper = housekeeper(
            configuration, database: database, redis: redis, publisher: publisher, metrics: housekeeping,
            alarm: alarm, logger: context.logger)
        let replica = configuration.replica.map { place in
            Replica(
                place, connections: configuration.connections, lag: configuration.replicaLag, primary: database,
                metrics: metrics, readiness: context.readiness, logger: context.logger)
        }
        let places = ReadingPlaces(
            primary: database, replica: replica,
            horizon: IngestHorizon(
                redis: redis, keys: configuration.keys, partitions: configuration.partitions,
                group: HistoryConfiguration.group),
            marks: UserMarks(redis: redis, keys: configuration.keys), metrics: metrics)
        let reader = HistoryReader(
            database: database, places: places,
            deliveries: DeliveryState(
                redis: redis, keys: configuration.keys, partitions: configuration.partitions))
        let revocations = RevocationBook(
            redis: redis, keys: configuration.keys, lifetimeLimit: configuration.common.tokenLifetimeLimit
        ) { [readiness = context.readiness] trouble in
            // Without Redis history goes on answering, by what was known.
            if trouble == nil { readiness.ready("revocations") }
        }
        context.readiness.notReady("revocations", "it has not been read yet which tokens are revoked")
        let indexer = WordIndexer(
            database: database, horizon: places.horizon,
            holder: configuration.instance, metrics: metrics, logger: context.logger)
        metrics.observeIndex()
        let rest = RESTService(
            context: context, host: configuration.host, port: configuration.port,
            authenticate: { token in
                let identity = try await verifier.verify(token)
                try revocations.check(identity.user, issuedAt: identity.issuedAt)
                return Caller(
                    user: identity.user, scopes: identity.scopes, publishes: identity.topics.publishes,
                    subscribes: identity.topics.subscribes)
            },
            problem: HistoryRoutes.problem,
            crossOrigin: configuration.crossOrigin,
            routes: { router in
                let history = HistoryRoutes(
                    reader: reader, partitions: configuration.partitions, rules: configuration.topicRules,
                    changes: configuration.changes, publisher: publisher, messageLimit: configuration.messageLimit,
                    search: configuration.search.map { HistorySearch(database: database, budget: $0.timeout) },
                    rate: configuration.rate)
                history.add(to: router)
                if configuration.hasSpringPull {
                    SpringRoutes(history: history, redis: redis, keys: configuration.keys).add(to: router)
                }
                ExportRoutes(history: history, desk: ExportDesk(limit: configuration.exports, metrics: housekeeping))
                    .add(to: router)
                JobRoutes(jobs: JobBook(database: database, alarm: alarm)).add(to: router)
            })
        return [verifier, redis, revocations, database] + [replica].compactMap(\.self)
            + [writer, consumer, indexer, housekeeper, rest]
    }

    private static func housekeeper(
        _ configuration: HistoryConfiguration, database: Database, redis: RedisConnection,
        publisher: LogPublisher, metrics: HousekeepingMetrics, alarm: Alarm, logger: Logger
    ) -> Housekeeper {
        let lease = HousekeepingLease(database: database, holder: configuration.instance)
        let log = ErasureLog(
            redis: redis, keys: configuration.keys, publisher: publisher, readers: HistoryConfiguration.readers)
        return Housekeeper(
            lease: lease,
            jobs: JobWork(
                lease: lease, erasure: ErasureWork(lease: lease, log: log, metrics: metrics), metrics: metrics,
                logger: logger),
            retention: RetentionWork(
                retention: configuration.retention, lease: lease, metrics: metrics, logger: logger),
            alarm: alarm, logger: logger)
    }
}
