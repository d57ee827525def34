import Authentication
import Logging
import Messaging
import RedisStreams
import ServiceLifecycle
import ServiceRuntime

@main
struct WSEdgeCommand {
    static func main() async {
        await Bootstrap.run("ws-edge", summary: WSEdgeSettings.summary, settings: WSEdgeSettings.all) { context in
            let configuration = try WSEdgeConfiguration(context.settings)
            let logger = context.logger
            let verifier = try await TokenVerifier(
                secret: configuration.common.secret, jwksFile: configuration.common.keyFile,
                lifetimeLimit: configuration.common.tokenLifetimeLimit, logger: logger)
            let demo = try configuration.demoSecret.map {
                Demo(secret: $0, pages: try DemoPage.all(in: configuration.demoPath))
            }
            if demo != nil { logger.warning("DEMO is on: anybody can get a token for any user") }
            try await Installation.check(
                configuration.redis, keys: configuration.keys, partitions: configuration.partitions, logger: logger)

            let redis = RedisConnection(configuration.redis, name: "ws-edge \(configuration.edgeID)", logger: logger)
            // Where a message counts only when replicas have it, what is appended to the log has a link of its own: nothing else is to wait for replicas.
            let publishing =
                configuration.redis.acceptReplicas == 0
                ? nil
                : RedisConnection(
                    configuration.redis, name: "ws-edge \(configuration.edgeID) publishing", logger: logger,
                    waitsForReplicas: true)
            let metrics = WSEdgeMetrics(context.metrics)
            let ring = RingBook(redis: redis, keys: configuration.keys, logger: logger)
            let environment = EdgeEnvironment(
                configuration: configuration, redis: RedisLink(redis), publishing: publishing.map { RedisLink($0) },
                verifier: verifier, ring: ring, metrics: metrics, logger: logger)
            metrics.observe(environment, context.metrics)
            let loops = try await EdgeLoops(environment: environment)
            let watch = DeliveryWatch(environment: environment, redis: publishing ?? redis, context: context)
            let tail = StreamTail(
                redis: configuration.redis,
                keys: NewsSource.allCases.map { $0.key(configuration.keys, edge: configuration.edgeID) },
                name: "ws-edge \(configuration.edgeID) news", logger: logger,
                onEntries: { stream, entries in
                    guard let source = NewsSource(rawValue: stream) else { return }
                    loops.handle(entries, of: source, watch: watch)
                }, onReconnect: { loops.checkAll() })
            // What edges ask one another comes over a link of its own: its bodies are not to hold up the news.
            let calls = StreamTail(
                redis: configuration.redis, keys: [configuration.keys.calls(configuration.edgeID)],
                name: "ws-edge \(configuration.edgeID) calls", logger: logger,
                onEntries: { _, entries in loops.handle(entries) }, onReconnect: {})
            let lease = EdgeLease(
                environment: environment, redis: redis, loops: loops, tail: tail, readiness: context.readiness)
            let rebalancer = Rebalancer(environment: environment, redis: redis, loops: loops)
            let server = WSEdgeServer(
                environment: environment, loops: loops, site: Site(context: context, demo: demo),
                drain: EdgeDrain(environment: environment, redis: redis, loops: loops, lease: lease))
            let delivery = watch.map { DeliveryWatch.Part(watch: $0, tail: tail) }
            return [redis] + (publishing.map { [$0] } ?? []) + [verifier, ring, tail, calls, lease, rebalancer]
                + (delivery.map { [$0] } ?? []) + [server]
        }
    }
}
