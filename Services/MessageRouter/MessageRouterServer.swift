import Authentication
import Hummingbird
import Logging
import Messaging
import RedisStreams
import ServiceLifecycle
import ServiceRuntime

/// What a message-router consists of.
///
/// How the data flow:
/// 1. `PartitionConsumer` takes leases on partitions of the log and hands their entries, in batches and in order, to `RoutingHandler`, which has a `PartitionRouter` for each.
/// 2. The router finds the recipients: both users of a direct conversation, or the members of a group (`GroupCache`, filled from Redis, changed by the `member` entries).
/// 3. `DeliveryPlanner` cuts the batch into chunks; each chunk is one unit of `deliver` calls: into the inboxes, and back come the sessions' incarnations.
/// 4. `EdgeFinder` says, in the way of `ROUTING`, what is asked for that and where the edges are told (by default: `EdgeBook` tells which of the incarnations are
///    alive); `EdgeFanout` gathers what each edge is to be told; `EdgeWriter` writes one entry for each edge and chunk.
/// 5. A `member` entry waits for all before it, moves the marks of those concerned, then changes the member set.
/// 6. When a batch is done its position is committed; after an outage, it comes again. What cannot be read, or be delivered to a user whose keys are broken, goes to `DeadLetters`;
///    an operator has it replayed, and it comes in at 1 as a `ReplayEntry`.
/// 7. Signals come along with the batches and go to live sessions only.
/// 8. `HistoryWatch` sends canaries through the partitions held and asks history whether it has stored them.
/// 9. `RevocationBook` knows whose tokens are refused; `DELETE /v1/users/{user}/sessions` makes them so, and tells the edges (`SessionEndpoints`).
/// 10. REST: `POST /v1/messages` and changes of groups are appended to the log by `LogPublisher` and come in at 1 like everything else.
struct MessageRouterServer {
    /// In the order of dependence.
    let services: [any Service]

    init(
        _ context: ServiceContext, _ configuration: MessageRouterConfiguration,
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) async throws {
        let logger = context.logger
        let keys = configuration.keys
        let verifier = try await TokenVerifier(
            secret: configuration.common.secret, jwksFile: configuration.common.keyFile,
            lifetimeLimit: configuration.common.tokenLifetimeLimit, logger: logger)
        try await Installation.check(
            configuration.redis, keys: keys, partitions: configuration.partitions, logger: logger)

        // Routing has a link of its own, so that its large units do not delay an answer to a REST request.
        let routing = RedisConnection(configuration.redis, name: "routing", logger: logger)
        let requests = RedisConnection(configuration.redis, name: "requests", logger: logger)
        context.readiness.notReady("redis", "not connected yet")
        let edges = EdgeBook(redis: requests, keys: keys) { [readiness = context.readiness] trouble in
            readiness.report("redis", trouble)
        }
        let ring = RingBook(redis: requests, keys: keys, logger: logger)
        let metrics = MessageRouterMetrics(registry: context.metrics)
        let deadLetters = DeadLetters(
            group: RoutedEntry.group, stream: .log, redis: routing, keys: keys, logger: logger,
            onPut: metrics.putAside)
        let writer = EdgeWriter(redis: routing, keys: keys, bytes: configuration.edgeBacklog)
        var tools = PartitionRouter.Tools(
            redis: routing, keys: keys, edges: edges,
            finder: EdgeFinder(
                configuration.routing, edges: edges, settling: configuration.ringSettling, ring: { ring.view }),
            writer: writer,
            deadLetters: deadLetters, metrics: metrics)
        tools.inboxCapacity = configuration.inboxCapacity
        tools.inboxRetention = configuration.inboxRetention
        tools.largeGroup = configuration.largeGroup
        tools.topicRetention = configuration.topicRetention
        tools.tokenLifetimeLimit = configuration.common.tokenLifetimeLimit
        let consumer = PartitionConsumer(
            ConsumerConfiguration(
                group: RoutedEntry.group, instance: configuration.instance, partitions: configuration.partitions,
                keys: keys, stream: .log, trimsWith: [RoutedEntry.group, "history"], readsSignals: true,
                batch: configuration.batch),
            redis: configuration.redis, commands: requests, handler: RoutingHandler(tools: tools),
            deadLetters: deadLetters, logger: logger)
        metrics.watch(
            consumer, edges, partitions: configuration.partitions, logLimit: configuration.logLimit,
            registry: context.metrics)

        // Where a message counts only when replicas have it, what is appended has a link of its own: nothing else is to wait for replicas.
        let publishing =
            configuration.redis.acceptReplicas == 0
            ? requests
            : RedisConnection(configuration.redis, name: "publishing", logger: logger, waitsForReplicas: true)
        let publisher = LogPublisher(
            redis: publishing, keys: keys, partitions: configuration.partitions, limit: configuration.logLimit)
        let groups = GroupReader(redis: requests, keys: keys)
        let revocations = RevocationBook(
            redis: requests, keys: keys, lifetimeLimit: configuration.common.tokenLifetimeLimit
        ) { [readiness = context.readiness] trouble in readiness.report("revocations", trouble) }
        let rest = RESTService(
            context: context, host: configuration.host, port: configuration.port,
            authenticate: { token in
                let identity = try await verifier.verify(token)
                try revocations.check(identity.user, issuedAt: identity.issuedAt)
                return Caller(
                    user: identity.user, scopes: identity.scopes, publishes: identity.topics.publishes,
                    subscribes: identity.topics.subscribes)
            },
            problem: { error in
                (error as? RedisError).map { Problem.busy("Redis cannot be reached now: \($0)") }
            },
            bodyLimit: { GroupRequest.bodyLimit($0) }, onListening: onListening
        ) { router in
            if configuration.restRate > 0 {
                router.add(
                    middleware: RateLimitMiddleware(
                        rate: configuration.restRate, costs: GroupEndpoints.costs, unlimited: "send:any"))
            }
            let messages = MessageEndpoints(
                publisher: publisher, groups: groups, limit: configuration.messageLimit, rules: configuration.topicRules
            )
            messages.add(to: router)
            if let template = configuration.springMessage {
                SpringEndpoints(messages: messages, template: template).add(to: router)
            }
            GroupEndpoints(publisher: publisher, groups: groups, limit: configuration.groupLimit).add(to: router)
            SessionEndpoints(
                redis: requests, keys: keys, edges: edges, writer: writer,
                lifetimeLimit: configuration.common.tokenLifetimeLimit, metrics: metrics
            ).add(to: router)
        }
        let watch = HistoryWatch(configuration, redis: publishing, consumer: consumer, context: context)
        let ringServices: [any Service] = configuration.routing == .ring ? [ring] : []
        services =
            [routing, requests] + (publishing === requests ? [] : [publishing]) + [verifier, edges, revocations]
            + ringServices
            + [consumer] + (watch.map { [$0] } ?? []) + [rest]
    }
}
