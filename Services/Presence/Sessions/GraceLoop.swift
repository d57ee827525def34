import Logging
import Messaging
import RedisStreams
import ServiceLifecycle

/// Makes the looks that are due on the partitions held: users become offline when their grace time is over.
struct GraceLoop: Service {
    static let portion = 500

    let consumer: PartitionConsumer
    let redis: RedisConnection
    let keys: Keys
    let edges: EdgeBook
    let settler: Settler
    let metrics: PresenceMetrics
    let logger: Logger
    var interval = Duration.milliseconds(250)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var backoff = Backoff(base: .milliseconds(250), cap: .seconds(2))
            while !Task.isCancelled {
                do throws(RedisError) {
                    let isMore = try await look(at: consumer.status.map(\.partition))
                    backoff.reset()
                    if !isMore { try? await Task.sleep(for: interval) }
                } catch {
                    metrics.failed()
                    logger.warning("cannot look at users that are due", metadata: ["reason": "\(error)"])
                    try? await Task.sleep(for: backoff.next())
                }
            }
        }
    }

    /// Makes the looks due on these partitions; returns whether there may be more.
    func look(at partitions: [Int]) async throws(RedisError) -> Bool {
        guard !partitions.isEmpty else { return false }
        let replies = await redis.execute(
            partitions.map { PresenceDueScript.command(keys: keys, partition: $0, limit: Self.portion) })
        var isMore = false
        var requests: [Settler.Request] = []
        for reply in replies {
            let due = try PresenceDueScript.reply(reply.get())
            isMore = isMore || due.count == Self.portion
            requests += due.map { .init(user: $0.user, cause: .check, due: $0.time) }
        }
        // After an edge's death thousands are due at once: in portions, so that who comes meanwhile is seen in between.
        for start in stride(from: 0, to: requests.count, by: Self.portion) {
            let portion = Array(requests[start..<min(start + Self.portion, requests.count)])
            try await settler.settle(portion, live: edges.liveIncarnations())
        }
        return isMore
    }
}
