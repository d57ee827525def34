import Authentication
import Hummingbird
import Logging
import Messaging
import RedisStreams
import ServiceLifecycle
import ServiceRuntime

/// What presence consists of.
///
/// How the data flow:
/// 1. An edge writes `connect` before it registers a session and `disconnect` after it has unregistered one; `PartitionConsumer` reads these under leases.
/// 2. `SessionEventHandler` records which incarnation holds which sessions, and asks `Settler` to look at the users concerned (`EventFold`: each once a batch).
/// 3. A look (one script) compares the user's sessions, of live incarnations only, with what presence says, and changes that. A repeated or late event is thus harmless.
///    What it changed goes to the stream of transitions, and to the edges on which somebody watches (`Tidings`).
/// 4. What a look leaves open (the grace time; a connect whose session is not registered yet) is set down in the partition's grace set; `GraceLoop` looks again when it is due.
/// 5. `EdgeSweeper`, on the owner of partition 0, takes edges with a lapsed lease out of the live ones and removes the sessions of dead incarnations, in portions; their users are looked at.
/// 6. `RingKeeper`, on the same owner, puts edges on the ring and takes them off (`RingStateMachine`); every presence has the ring and the records in memory, and `locate` is answered from there.
/// 7. All state is in Redis: a presence that starts anew goes on where another stopped.
/// 8. `ExplainDesk` asks edges what they know of a user's sessions, for `GET /v1/users/{user}/explain`; `ExplainReader` puts that beside what Redis has.
/// 9. REST reads the same keys, as far as the caller may see them (`PresenceGate`), and sets down what users want to be seen as (`WishEndpoint`); `EdgeBook` has the records of the live edges.
struct PresenceServer {
    /// In the order of dependence.
    let services: [any Service]

    init(
        _ context: ServiceContext, _ configuration: PresenceConfiguration,
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) async throws {
        let logger = context.logger
        let keys = configuration.keys
        let verifier = try await TokenVerifier(
            secret: configuration.common.secret, jwksFile: configuration.common.keyFile,
            lifetimeLimit: configuration.common.tokenLifetimeLimit, logger: logger)
        try await Installation.check(
            configuration.redis, keys: keys, partitions: configuration.partitions, logger: logger)

        let redis = RedisConnection(configuration.redis, name: "presence", logger: logger)
        context.readiness.notReady("redis", "not connected yet")
        let edges = EdgeBook(redis: redis, keys: keys) { [readiness = context.readiness] trouble in
            readiness.report("redis", trouble)
        }
        let metrics = PresenceMetrics(registry: context.metrics)
        let writer = EdgeWriter(redis: redis, keys: keys)
        let tidings = Tidings(
            redis: redis, writer: writer, keys: keys, metrics: metrics, partitions: configuration.partitions,
            transitionsLimit: configuration.transitionsLimit)
        let ring = RingBook(redis: redis, keys: keys, logger: logger)
        let settler = Settler(
            redis: redis, keys: keys, edges: edges, metrics: metrics, grace: configuration.grace,
            partitions: configuration.partitions, tidings: tidings)
        let deadLetters = DeadLetters(
            group: "presence", stream: .sessionEvents, redis: redis, keys: keys, logger: logger,
            onPut: metrics.putAside)
        let handler = SessionEventHandler(
            redis: redis, keys: keys, edges: edges, settler: settler, deadLetters: deadLetters, metrics: metrics)
        let consumer = PartitionConsumer(
            ConsumerConfiguration(
                group: "presence", instance: configuration.instance, partitions: configuration.partitions, keys: keys,
                stream: .sessionEvents, trimsWith: ["presence"], pace: .milliseconds(10)),
            redis: configuration.redis, commands: redis, handler: handler, deadLetters: deadLetters, logger: logger)
        metrics.watch(consumer, edges, ring, partitions: configuration.partitions, registry: context.metrics)
        let grace = GraceLoop(
            consumer: consumer, redis: redis, keys: keys, edges: edges, settler: settler, metrics: metrics,
            logger: logger)
        let sweeper = EdgeSweeper(
            consumer: consumer, redis: redis, keys: keys, edges: edges, settler: settler, metrics: metrics,
            logger: logger)
        let keeper = RingKeeper(
            consumer: consumer, redis: redis, keys: keys, edges: edges, ring: ring, metrics: metrics,
            hysteresis: configuration.ringHysteresis, logger: logger)

        let revocations = RevocationBook(
            redis: redis, keys: keys, lifetimeLimit: configuration.common.tokenLifetimeLimit
        ) { [readiness = context.readiness] trouble in readiness.report("revocations", trouble) }
        let desk = ExplainDesk(
            redis: configuration.redis, writer: writer, keys: keys,
            instance: configuration.instance, logger: logger)
        let rest = RESTService(
            context: context, host: configuration.host, port: configuration.port,
            authenticate: { token in
                let identity = try await verifier.verify(token)
                try revocations.check(identity.user, issuedAt: identity.issuedAt)
                return Caller(user: identity.user, scopes: identity.scopes)
            },
            problem: { error in
                (error as? RedisError).map { Problem.busy("Redis cannot be reached now: \($0)") }
            },
            onListening: onListening
        ) { router in
            if configuration.restRate > 0 {
                router.add(
                    middleware: RateLimitMiddleware(rate: configuration.restRate, costs: PresenceEndpoints.costs))
            }
            let reader = PresenceReader(redis: redis, keys: keys, edges: edges)
            let gate = PresenceGate(policy: configuration.policy, redis: redis, keys: keys)
            PresenceEndpoints(reader: reader, gate: gate, redis: redis, keys: keys).add(to: router)
            WishEndpoint(redis: redis, keys: keys, edges: edges, tidings: tidings, metrics: metrics, reader: reader)
                .add(to: router)
            let place = { @Sendable (user: String, records: [String: EdgeRecord]) -> String? in
                let hash = ring.view.hash
                return RingBounds(hash, records: records).edge(for: user, on: hash)
            }
            ExplainEndpoints(
                reader: ExplainReader(
                    redis: redis, keys: keys, edges: edges, desk: desk, capacity: configuration.inboxCapacity,
                    place: place), metrics: metrics
            ).add(to: router)
            EdgeEndpoints(edges: edges, ring: ring, metrics: metrics).add(to: router)
        }
        services = [redis, verifier, edges, ring, revocations, desk, consumer, grace, sweeper, keeper, rest]
    }
}
