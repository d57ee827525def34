/// What a connection tells, on its event loop.
enum SocketEvent: Sendable {
    /// Anything came.
    case heard
    /// A text came.
    case frame(FrameFields)
    /// The handshake was answered otherwise than with 101.
    case refused(status: Int, retryAfter: Int64?, detail: String?)
    /// The connection has ended, or could not be made. Told once, and nothing after it.
    case ended(code: UInt16, reason: String)
}
