import NIOCore

/// Sessions that have something to acknowledge to Redis: told together, about every 200 ms, so that many acknowledgements cost one call.
final class AcknowledgementTimer {
    private static let pause = TimeAmount.milliseconds(200)

    private let eventLoop: any EventLoop
    private var sessions: [Session] = []

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func add(_ session: Session) {
        if sessions.isEmpty {
            eventLoop.assumeIsolated().scheduleTask(in: Self.pause) { self.flush() }
        }
        sessions.append(session)
    }

    /// Tells Redis now.
    func flush() {
        let due = sessions
        sessions = []
        for session in due where session.machine.state != .ended { session.flushAcknowledgement() }
    }
}

@available(*, unavailable)
extension AcknowledgementTimer: Sendable {}
