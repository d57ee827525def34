import Logging
import Messaging
import Metrics
import RedisStreams
import ServiceLifecycle
import ServiceRuntime
import Synchronization

/// Proves that messages get through: sends canaries through the log, and sees them come back over the edge's stream as messages do.
///
/// Where they do not, the edge is not ready, and says which part holds them up. It is all it does: sessions stay and go on as well as they can.
final class DeliveryWatch: Sendable {
    /// The part of the readiness that this speaks for.
    static let part = "delivery"
    /// How often it looks, while canaries are on their way and while none is.
    private static let pace = (busy: Duration.milliseconds(50), idle: Duration.milliseconds(250))

    private let environment: EdgeEnvironment
    private let redis: RedisConnection
    private let readiness: Readiness
    private let flock: CanaryFlock
    private let roundTrip: Metrics.Timer
    private let liveEdges = Atomic(1)

    /// A watch that does nothing until ``run(_:)``; nil when canaries are switched off.
    init?(environment: EdgeEnvironment, redis: RedisConnection, context: ServiceContext) {
        let configuration = environment.configuration
        guard configuration.canaryInterval > .zero else { return nil }
        self.environment = environment
        self.redis = redis
        readiness = context.readiness
        flock = CanaryFlock(
            redis: redis, keys: environment.keys, origin: .edge, name: configuration.edgeID,
            interval: configuration.canaryInterval, limit: configuration.canaryLimit, logLimit: configuration.logLimit)
        roundTrip = Metrics.Timer(label: "ws_edge_canary_round_trip_seconds", factory: context.metrics)
        let age = Gauge(label: "ws_edge_canary_age_seconds", factory: context.metrics)
        context.metrics.describe("ws_edge_canary_round_trip_seconds", "Time of canaries from this edge back to it.")
        context.metrics.describe(
            "ws_edge_canary_age_seconds", "Age of the newest proof that messages get from this edge back to it.")
        context.metrics.onRender { [flock] in age.record(flock.age().inSeconds) }
        readiness.proves(Self.part) { [flock] in flock.age() }
        readiness.notReady(Self.part, "no canary has come back yet")
    }

    /// Sends canaries and reports until graceful shutdown. What is answered while the edge's stream is not followed is not heard, so nothing is sent then.
    private func run(_ tail: StreamTail) async {
        let all = Set(0..<environment.configuration.partitions)
        await cancelWhenGracefulShutdown { [self] in
            var isBroken = false
            while !Task.isCancelled {
                // On its way out, an edge has nothing to prove any more; it is not ready in any case.
                if !environment.isDraining {
                    if tail.isFollowing, flock.send(to: all, share: share) > 0 { countEdges() }
                    report(&isBroken)
                }
                try? await Task.sleep(for: flock.isSettled ? Self.pace.idle : Self.pace.busy)
            }
        }
    }

    /// The watch as a part of the process, once there is an edge's stream to follow.
    struct Part: Service {
        let watch: DeliveryWatch
        let tail: StreamTail

        func run() async throws { await watch.run(tail) }
    }

    /// The router has returned one. May be called from any thread.
    func returned(partition: Int, life: String, number: UInt64) {
        guard let time = flock.returned(partition: partition, life: life, number: number) else { return }
        roundTrip.record(duration: time)
    }

    /// How many partitions a round asks: all edges together ask each about once a second at most, and each edge asks one at least.
    private var share: Int {
        let seconds = environment.configuration.canaryInterval.inSeconds
        let partitions = environment.configuration.partitions
        return Self.share(partitions: partitions, interval: seconds, edges: liveEdges.load(ordering: .relaxed))
    }

    static func share(partitions: Int, interval: Double, edges: Int) -> Int {
        max(1, min(partitions, Int(Double(partitions) * interval / Double(max(1, edges)))))
    }

    private func countEdges() {
        redis.send(RedisCommand("HLEN", .text(environment.keys.edges))) { [self] result in
            guard let count = try? result.get().int else { return }
            liveEdges.store(Int(clamping: max(1, count)), ordering: .relaxed)
        }
    }

    private func report(_ isBroken: inout Bool) {
        guard let failure = flock.failure() else {
            readiness.ready(Self.part)
            if isBroken { environment.logger.notice("canaries come back again") }
            isBroken = false
            return
        }
        // Without a link it is known who holds them up, whatever was under way when it broke.
        let reason =
            redis.isConnected
            ? failure.reason(reader: "message-router does not read it, or is behind")
            : "redis: there is no connection, and no canary has come back for \(failure.age.components.seconds) s"
        readiness.notReady(Self.part, reason)
        if !isBroken, failure.age > environment.configuration.canaryLimit {
            isBroken = true
            environment.logger.warning("messages do not get through", metadata: ["reason": "\(reason)"])
        }
    }
}
