import Messaging
import Synchronization

/// What may be seen of a client from any thread.
final class ClientView: Sendable {
    private struct State {
        var state = ConnectionState.idle
        var cursor: MessageID?
        var pending = 0
        var error: ClientError?
        var hasBegun = false
    }

    private let view = Mutex(State())

    var state: ConnectionState { view.withLock { $0.state } }
    var cursor: MessageID? { view.withLock { $0.cursor } }
    var pending: Int { view.withLock { $0.pending } }
    var error: ClientError? { view.withLock { $0.error } }

    /// Whether this is the first time.
    func begin() -> Bool {
        view.withLock { view in
            defer { view.hasBegun = true }
            return !view.hasBegun
        }
    }

    func note(_ machine: ClientStateMachine) {
        let (cursor, pending) = (machine.acknowledger.taken, machine.outbox.count)
        view.withLock { ($0.cursor, $0.pending) = (cursor, pending) }
    }

    func note(_ state: ConnectionState) { view.withLock { $0.state = state } }

    func finish(_ error: ClientError?) { view.withLock { $0.error = error } }
}
