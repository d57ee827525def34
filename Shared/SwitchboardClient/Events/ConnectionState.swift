/// Where a client's session is.
public enum ConnectionState: Hashable, Sendable {
    /// ``SwitchboardClient/run()`` has not begun.
    case idle
    /// A token is fetched, or a session is being opened.
    case connecting
    /// There is a session on this edge.
    case open(edge: String)
    /// There is none; the next attempt is made in so many milliseconds. `code` is the close code that led here: 1006 for a connection that was lost, nil when
    /// there was none.
    case waiting(milliseconds: Int64, code: UInt16?)
    /// It is over: ended by the application, or for good, with the reason.
    case stopped(ClientError?)
}
