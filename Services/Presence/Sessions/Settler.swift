import Messaging
import RedisStreams

/// Looks at users' sessions and writes down what presence says of them.
struct Settler: Sendable {
    let redis: RedisConnection
    let keys: Keys
    let edges: EdgeBook
    let metrics: PresenceMetrics
    let grace: Duration
    let partitions: Int
    let tidings: Tidings

    /// When a user is looked at again whose keys in Redis are broken.
    static let brokenPause = Duration.seconds(60)

    /// A user to be looked at.
    struct Request: Sendable {
        var user: String
        var cause: PresenceSettleScript.Cause
        /// When what asks for the look happened (ms); 0 for now.
        var at: Int64 = 0
        /// The due time of a look that had been asked for; 0 otherwise.
        var due: Int64 = 0
    }

    /// Looks at these users, each named once, and sets down when to look again.
    ///
    /// `live`: the incarnations alive, read after what asks for the look happened. A user whose keys are broken is looked at again later, until somebody has mended
    /// them, and holds up nobody else.
    /// - Throws: ``RedisError`` when some look was not made; to be made again, which is harmless.
    func settle(_ requests: [Request], live: Set<String>) async throws(RedisError) {
        guard !requests.isEmpty else { return }
        var open = requests
        var live = live
        var dead: Set<String> = []
        var items: [PresenceScheduleScript.Item] = []
        var news: [Tidings.Item] = []
        while !open.isEmpty {
            let replies = await redis.execute(
                open.map { request in
                    PresenceSettleScript.command(
                        keys: keys, user: request.user, cause: request.cause, at: request.at, grace: grace, live: live,
                        dead: dead)
                })
            var again: [Request] = []
            var unknown: Set<String> = []
            for (request, reply) in zip(open, replies) {
                var next: Duration?
                do throws(RedisError) {
                    switch try PresenceSettleScript.reply(reply.get()) {
                    case .settled(let settlement):
                        metrics.settled(settlement)
                        next = settlement.again
                        if let told = settlement.news { news.append(.init(user: request.user, news: told)) }
                    case .unknown(let incarnations):
                        unknown.formUnion(incarnations)
                        again.append(request)
                        continue
                    }
                } catch {
                    guard !error.isOutage else { throw error }
                    metrics.brokenUser()
                    next = Self.brokenPause
                }
                if next != nil || request.due > 0 {
                    items.append(.init(user: request.user, again: next, handled: request.due))
                }
            }
            if !again.isEmpty {
                // An edge writes its record before its first session: whatever is not among the records now is dead, for good.
                live = try await edges.liveIncarnations()
                dead.formUnion(unknown.subtracting(live))
            }
            open = again
        }
        // Before the schedules: a look that was due stays due until what it found has been told.
        let untold = try await tidings.tell(news, live: live)
        try await schedule(items, untold: untold)
    }

    /// Sets down when to look again, and which looks have been made.
    private func schedule(
        _ items: [PresenceScheduleScript.Item], untold: Set<String>
    ) async throws(RedisError) {
        var schedules: [Int: [PresenceScheduleScript.Item]] = [:]
        for item in items where !untold.contains(item.user) {
            schedules[Partition.of(item.user, count: partitions), default: []].append(item)
        }
        for user in untold {
            schedules[Partition.of(user, count: partitions), default: []].append(
                .init(user: user, again: Self.brokenPause))
        }
        let commands = schedules.map {
            PresenceScheduleScript.command(keys: keys, partition: $0.key, items: $0.value)
        }
        for reply in await redis.execute(commands) { _ = try reply.get() }
    }
}
