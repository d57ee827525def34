import NIOCore

/// The end of the present turn of an event loop: sockets are flushed and commands sent once a turn, however much was said in it.
final class LoopTurn {
    private let eventLoop: any EventLoop
    private var isScheduled = false
    private var actions: [() -> Void] = []
    private var connections: [any EdgeConnection] = []
    /// Called last, each time: sends what has gathered for Redis.
    var sendsCommands: () -> Void = {}

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Has the connection's gathered bytes written at the end of the turn.
    func flushes(_ connection: any EdgeConnection) {
        connections.append(connection)
        schedule()
    }

    /// Runs `action` at the end of the turn.
    func atEnd(_ action: @escaping () -> Void) {
        actions.append(action)
        schedule()
    }

    /// Sees to it that the turn has an end.
    func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        eventLoop.assumeIsolated().execute { self.end() }
    }

    private func end() {
        isScheduled = false
        let actions = actions
        self.actions = []
        for action in actions { action() }
        let connections = connections
        self.connections = []
        for connection in connections { connection.flush() }
        sendsCommands()
    }
}

@available(*, unavailable)
extension LoopTurn: Sendable {}
