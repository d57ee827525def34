internal import Synchronization

/// Sees to it that ids go on growing when another server becomes master, whose clock may be behind.
///
/// Ids are the server's time. A new master knows those that were replicated to it, and gives higher ones; but those that were not have been seen by clients and
/// stored by history all the same. So a process that knows how the clock of the server before stood lets the new one's catch up before it uses it.
final class ServerClock: Sendable {
    /// The longest that is waited for. A clock that is further behind is an operator's business.
    static let patience = Duration.seconds(10)

    private struct State {
        var timeline: String
        /// The server's clock less ours.
        var offset: Duration
        /// What the server's clock must have passed: the time of the server before when the timeline changed.
        var floor = Duration.zero
    }

    private let state = Mutex<State?>(nil)

    /// A link to a server was made. Returns by how much its clock is behind that of the server before, `zero` if it is not.
    func lag(timeline: String, serverTime: Duration, now: Duration) -> Duration {
        state.withLock { state in
            var next = State(timeline: timeline, offset: serverTime - now)
            if let before = state {
                next.floor = before.timeline == timeline ? before.floor : before.offset + now
            }
            state = next
            return max(.zero, next.floor - serverTime)
        }
    }
}
