import CoreMetrics
import Logging
import Messaging
import RedisStreams
import ServiceLifecycle

/// Follows the ring, and has the event loops ask sessions to move to where they belong: as ``RebalanceStateMachine`` decides.
struct Rebalancer: Service {
    /// The time between two steps while sessions are moved.
    static let step = Duration.milliseconds(200)
    /// The time between two looks at the ring while none are.
    static let rest = Duration.seconds(1)

    let environment: EdgeEnvironment
    let redis: RedisConnection
    let loops: EdgeLoops

    func run() async throws {
        await cancelWhenGracefulShutdown {
            let configuration = environment.configuration
            var machine = RebalanceStateMachine(
                .init(
                    own: configuration.edgeID, mode: configuration.ringMode, rate: Double(configuration.moveRate),
                    settled: configuration.ringHysteresis))
            while !Task.isCancelled {
                try? await Task.sleep(for: machine.isMoving ? Self.step : Self.rest)
                guard !Task.isCancelled, !environment.isDraining, environment.currentIncarnation != nil else {
                    continue
                }
                await turn(&machine)
            }
        }
    }

    private func turn(_ machine: inout RebalanceStateMachine) async {
        let wasMoving = machine.isMoving
        machine.look(environment.ring.view, now: .now)
        if machine.isMoving, !wasMoving { environment.logger.debug("looking for sessions that belong elsewhere") }
        if machine.wantsRecords(now: .now) {
            do throws(RedisError) {
                let records = try LiveEdges.reply(await redis.execute(LiveEdges.command(keys: environment.keys)))
                machine.saw(records, now: .now)
            } catch {
                // Nobody is moved while it is not known where to.
                environment.logger.debug("cannot look for other edges", metadata: ["reason": "\(error)"])
                return
            }
        }
        if let order = machine.step(sessions: environment.sessions, now: .now) {
            let report = await loops.rebalance(order)
            machine.stepped(report, now: .now)
        }
        environment.metrics.moveRate.record(machine.rate)
    }
}
