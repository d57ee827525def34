import Logging
import Messaging
import RedisStreams
import ServiceLifecycle

/// Takes edges whose lease has lapsed out of the live ones, and removes the sessions of dead incarnations. The owner of partition 0 does it; a second one does no harm.
///
/// A sweep goes in portions and can stop anywhere: a session leaves the incarnation's record only after its user has been looked at, and the incarnation leaves
/// the list of the dead only when its record is empty.
struct EdgeSweeper: Service {
    static let portion = 500

    let consumer: PartitionConsumer
    let redis: RedisConnection
    let keys: Keys
    let edges: EdgeBook
    let settler: Settler
    let metrics: PresenceMetrics
    let logger: Logger
    var interval = Duration.seconds(1)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var pacer = ExpiryPacer()
            while !Task.isCancelled {
                if consumer.status.contains(where: { $0.partition == 0 }) {
                    do throws(RedisError) {
                        try await sweep(await dead(expires: pacer.mayExpire(now: .now)))
                    } catch {
                        pacer.failed(now: .now)
                        metrics.failed()
                        logger.warning("cannot sweep dead edges", metadata: ["reason": "\(error)"])
                    }
                }
                try? await Task.sleep(for: interval)
            }
        }
    }

    /// The incarnations to be swept, after those whose lease has lapsed joined them if that may be judged.
    func dead(expires: Bool) async throws(RedisError) -> [String] {
        guard expires else {
            return try await redis.execute(RedisCommand("SMEMBERS", .text(keys.deadIncarnations)))
                .array?.compactMap(\.string) ?? []
        }
        return try ExpireEdgesScript.reply(await redis.execute(ExpireEdgesScript.command(keys: keys)))
    }

    /// Sweeps these incarnations.
    func sweep(_ incarnations: [String]) async throws(RedisError) {
        for incarnation in incarnations {
            var count = 0
            while !Task.isCancelled, let swept = try await sweepPortion(of: incarnation) { count += swept }
            guard !Task.isCancelled else { return }
            try await forget(incarnation)
            metrics.sweptIncarnation()
            logger.notice(
                "swept an edge that is gone", metadata: ["incarnation": "\(incarnation)", "sessions": "\(count)"])
        }
    }

    /// Removes some of an incarnation's sessions; returns how many, or nil when there are none left.
    private func sweepPortion(of incarnation: String) async throws(RedisError) -> Int? {
        let key = keys.incarnation(incarnation)
        let reply = try await redis.execute(
            RedisCommand("HRANDFIELD", .text(key), .integer(Int64(Self.portion)), "WITHVALUES"))
        let parts = reply.array?.compactMap(\.string) ?? []
        guard parts.count >= 2 else { return nil }
        var sessions: [String: [String]] = [:]
        for place in stride(from: 0, to: parts.count - 1, by: 2) {
            sessions[RecordSessionsScript.user(of: parts[place + 1]), default: []].append(parts[place])
        }
        let removals = sessions.map { user, sessions in
            UnregisterScript.command(keys: keys, user: user, sessions: sessions, incarnation: incarnation)
        }
        // Where a user's keys are broken there is no session to be removed.
        for case .failure(let error) in await redis.execute(removals) where error.isOutage { throw error }
        try await settler.settle(
            sessions.keys.map { .init(user: $0, cause: .end) }, live: edges.liveIncarnations())
        let fields = stride(from: 0, to: parts.count - 1, by: 2).map { RedisArgument.text(parts[$0]) }
        _ = try await redis.execute(RedisCommand("HDEL", [.text(key)] + fields))
        metrics.swept(sessions: fields.count)
        return fields.count
    }

    /// Takes an incarnation off the list, unless an event that came late has recorded a session since: it is looked for after the incarnation
    /// has left the list, and whoever records one puts the incarnation on the list after that.
    private func forget(_ incarnation: String) async throws(RedisError) {
        _ = try await redis.execute(RedisCommand("SREM", .text(keys.deadIncarnations), .text(incarnation)))
        guard try await redis.execute(RedisCommand("HLEN", .text(keys.incarnation(incarnation)))).int != 0 else {
            // The fences stay as long as they hold: they keep off what comes late.
            return
        }
        _ = try await redis.execute(RedisCommand("SADD", .text(keys.deadIncarnations), .text(incarnation)))
    }
}
