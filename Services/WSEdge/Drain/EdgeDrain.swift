import Logging
import Messaging
import NIOCore
import RedisStreams

/// Takes an edge out of service: nobody new comes in, everybody else learns that it goes, and its sessions go elsewhere at a pace.
struct EdgeDrain {
    let environment: EdgeEnvironment
    let redis: RedisConnection
    let loops: EdgeLoops
    let lease: EdgeLease

    /// Ends when all sessions are gone and Redis knows, or when the time for it is over.
    func run() async {
        environment.drain()
        // Marked before the others are looked at: of two that go at once, the later one does not send its sessions to the earlier one.
        let isAnnounced = await lease.announce()
        let sessions = environment.sessions
        // Redis that did not take the one is not asked for the other: a stop has no time to wait twice.
        let (targets, routes) = isAnnounced ? await ways(for: sessions) : (.unknown, nil)
        let pace = DrainPace(sessions: sessions, time: environment.configuration.drainTime)
        environment.logger.notice(
            "draining",
            metadata: [
                "sessions": "\(sessions)", "to_edges": "\(routes?.count ?? targets.shares.count)",
                "within_ms": "\(pace.within.nanoseconds / 1_000_000)",
            ])
        await loops.drain(
            LoopDrain.Plan(
                pace: pace, targets: targets, routes: routes, time: environment.configuration.drainTime))
    }

    /// Where to: by the ring where all other edges can be named, else by lot.
    private func ways(for sessions: Int) async -> (MoveTargets, MoveRoutes?) {
        do {
            let records = try LiveEdges.reply(await redis.execute(LiveEdges.command(keys: environment.keys)))
            let own = environment.configuration.edgeID
            return (
                MoveTargets(among: records, own: own, leaving: sessions),
                MoveRoutes(among: records, own: own, leaving: sessions)
            )
        } catch {
            environment.logger.warning("cannot look for other edges", metadata: ["reason": "\(error)"])
            return (.unknown, nil)
        }
    }
}
