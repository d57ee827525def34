import Logging
import Messaging
import Metrics
import RedisStreams
import ServiceLifecycle
import ServiceRuntime

/// Proves that messages are stored: sends canaries through the partitions that this router holds, and asks history over REST whether it has
/// them, which it answers from Postgres.
///
/// Where it has not, the router is not ready, and says so. Nothing else changes: messages are routed all the same, and wait in the log for history.
struct HistoryWatch: Service {
    /// The part of the readiness that this speaks for.
    static let part = "history"

    private let redis: RedisConnection
    private let consumer: PartitionConsumer
    private let clients: [HistoryClient]
    private let limit: Duration
    private let readiness: Readiness
    private let logger: Logger
    private let flock: CanaryFlock
    private let roundTrip: Metrics.Timer

    /// A watch that does nothing until ``run()``; nil when it is switched off, or not told where history is, which is logged.
    init?(
        _ configuration: MessageRouterConfiguration, redis: RedisConnection, consumer: PartitionConsumer,
        context: ServiceContext
    ) {
        guard configuration.canaryInterval > .zero else { return nil }
        guard !configuration.histories.isEmpty else {
            context.logger.notice("HISTORY_URL is not set: whether messages reach history is not looked at")
            return nil
        }
        self.redis = redis
        self.consumer = consumer
        clients = configuration.histories.map { HistoryClient(address: $0) }
        limit = configuration.canaryLimit
        readiness = context.readiness
        logger = context.logger
        // The name is the kind's: what tells routers apart is the life.
        flock = CanaryFlock(
            redis: redis, keys: configuration.keys, origin: .router, name: "message-router",
            interval: configuration.canaryInterval, limit: configuration.canaryLimit, logLimit: configuration.logLimit)
        roundTrip = Metrics.Timer(label: "router_canary_round_trip_seconds", factory: context.metrics)
        let age = Gauge(label: "router_canary_age_seconds", factory: context.metrics)
        context.metrics.describe(
            "router_canary_round_trip_seconds", "Time until history was seen to have stored a canary.")
        context.metrics.describe(
            "router_canary_age_seconds", "Age of the newest proof that messages of the partitions held are stored.")
        context.metrics.onRender { [flock] in age.record(flock.age() / .seconds(1)) }
        readiness.proves(Self.part) { [flock] in flock.age() }
        readiness.notReady(Self.part, "no canary has been stored yet")
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            var isBroken = false
            var asked = 0
            while !Task.isCancelled {
                // Without Redis the leases are lost too, which proves nothing.
                if redis.isConnected {
                    let held = Set(consumer.status.map(\.partition))
                    flock.send(to: held, share: held.count)
                }
                var trouble: String?
                if !flock.isSettled {
                    try? await Task.sleep(for: .milliseconds(100))
                    trouble = await ask(clients[asked])
                    // They all know the same, from Postgres: where one is away, another tells.
                    if trouble != nil { asked = (asked + 1) % clients.count }
                }
                report(trouble, &isBroken)
                // What is late is not asked for all the time.
                let isLate = !flock.isSettled && flock.age() > limit / 2
                try? await Task.sleep(for: isLate ? .milliseconds(500) : .milliseconds(150))
            }
        }
    }

    /// Returns why it did not work.
    private func ask(_ client: HistoryClient) async -> String? {
        do throws(HistoryClient.Failure) {
            for (partition, id) in try await client.canaries() {
                if let time = flock.returned(partition: partition, through: id) { roundTrip.record(duration: time) }
            }
            return nil
        } catch {
            return "history at \(client.address.host):\(client.address.port) \(error)"
        }
    }

    private func report(_ trouble: String?, _ isBroken: inout Bool) {
        guard let failure = flock.failure() else {
            readiness.ready(Self.part)
            if isBroken { logger.notice("history stores messages again") }
            isBroken = false
            return
        }
        let seconds = failure.age.components.seconds
        let reason =
            if !redis.isConnected {
                "redis: there is no connection, and it is not known for \(seconds) s whether messages are stored"
            } else if failure.cause == .notReturned, let trouble {
                "\(trouble); no canary was seen stored for \(seconds) s"
            } else {
                failure.reason(reader: "history has not stored it")
            }
        readiness.notReady(Self.part, reason)
        if !isBroken, failure.age > limit {
            isBroken = true
            logger.warning("messages are not seen to be stored", metadata: ["reason": "\(reason)"])
        }
    }
}
