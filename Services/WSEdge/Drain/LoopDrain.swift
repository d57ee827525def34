import CoreMetrics
import Logging
import Messaging
import NIOCore

/// Drains one event loop: tells its sessions to move, a few in each step, and closes each when its time is over.
///
/// Who has sends on their way into the log is listened to no more and closed as soon as these are answered.
final class LoopDrain {
    struct Plan: Sendable {
        var pace: DrainPace
        var targets: MoveTargets
        /// By the ring; nil where only ``targets`` are known.
        var routes: MoveRoutes?
        var time: TimeAmount
        /// How long those closed last have to answer, and then Redis to be told: where that fails, presence sweeps the edge's sessions.
        var farewell = TimeAmount.seconds(4)
    }

    private unowned let loop: EdgeLoop
    private let plan: Plan
    private let perStep: Int
    private let done: EventLoopPromise<Void>
    private let end: NIODeadline
    /// Since when no connection is left.
    private var isEmptySince: NIODeadline?
    /// Still to be told.
    private var staying: [any EdgeConnection]
    /// Told, in the order in which their time is over.
    private var moving = CircularBuffer<(connection: any EdgeConnection, until: NIODeadline)>()

    init(_ plan: Plan, loop: EdgeLoop, done: EventLoopPromise<Void>) {
        self.loop = loop
        self.plan = plan
        self.done = done
        end = .now() + plan.time
        staying = Array(loop.connections.values)
        perStep = plan.pace.perStep(of: staying.count)
    }

    func start() {
        loop.admission.dismiss()
        loop.rebalance.stop()
        loop.acknowledgements.flush()
        for request in loop.requests.values { request.closeWhenIdle() }
        step()
    }

    private func step() {
        let now = NIODeadline.now()
        tell(now)
        while let (connection, until) = moving.first, until <= now {
            moving.removeFirst()
            connection.leave()
        }
        if now >= end {
            for connection in loop.connections.values { connection.close(.moved) }
        }
        loop.farewells.retry()
        if loop.connections.isEmpty, loop.farewells.isIdle, loop.redis.isIdle, loop.publishing.isIdle {
            return finish()
        }
        if loop.connections.isEmpty, isEmptySince == nil { isEmptySince = now }
        guard now < min(end, isEmptySince ?? end) + plan.farewell else {
            loop.environment.logger.warning(
                "not all sessions could be ended in time, or Redis be told of it",
                metadata: ["left": "\(loop.connections.count)"])
            return finish()
        }
        loop.eventLoop.assumeIsolated().scheduleTask(in: DrainPace.step) { self.step() }
    }

    private func tell(_ now: NIODeadline) {
        var left = perStep
        while left > 0, let connection = staying.popLast() {
            // Who has left by itself meanwhile does not count.
            guard connection.isOpen else { continue }
            left -= 1
            if plan.targets.isEmpty {
                // Nobody could take it: it comes back to whatever takes this edge's place.
                connection.close(.goingAway)
            } else if connection.move(to: url(for: connection), within: plan.pace.within) {
                loop.environment.metrics.countMove(.drain)
                moving.append((connection, now + plan.pace.grace))
            } else {
                connection.close(.moved)
            }
        }
    }

    private func url(for connection: any EdgeConnection) -> String? {
        if let routes = plan.routes, let user = connection.user { return routes.url(for: user) }
        return plan.targets.url(.random(in: 0..<1))
    }

    private func finish() {
        // Who asked for something in the meantime.
        for request in loop.requests.values { request.closeWhenIdle() }
        done.succeed()
    }
}

@available(*, unavailable)
extension LoopDrain: Sendable {}
