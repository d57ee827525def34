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
        let targets = isAnnounced ? await targets(for: sessions) : .unknown
        let pace = DrainPace(sessions: sessions, time: environment.configuration.drainTime)
        environment.logger.notice(
            "draining",
            metadata: [
                "sessions": "\(sessions)", "to_edges": "\(targets.shares.count)",
                "within_ms": "\(pace.within.nanoseconds / 1_000_000)",
            ])
        await loops.drain(LoopDrain.Plan(pace: pace, targets: targets, time: environment.configuration.drainTime))
    }

    private func targets(for sessions: Int) async -> MoveTargets {
        do {
            let records = try LiveEdges.reply(await redis.execute(LiveEdges.command(keys: environment.keys)))
            return MoveTargets(
                among: records, own: environment.configuration.edgeID, leaving: sessions)
        } catch {
            environment.logger.warning("cannot look for other edges", metadata: ["reason": "\(error)"])
            return .unknown
        }
    }
}
