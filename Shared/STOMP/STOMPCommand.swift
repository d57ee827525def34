/// The first line of a frame.
public enum STOMPCommand: String, Sendable, CaseIterable {
    // From the client.
    case connect = "CONNECT"
    case stomp = "STOMP"
    case send = "SEND"
    case subscribe = "SUBSCRIBE"
    case unsubscribe = "UNSUBSCRIBE"
    case ack = "ACK"
    case nack = "NACK"
    case begin = "BEGIN"
    case commit = "COMMIT"
    case abort = "ABORT"
    case disconnect = "DISCONNECT"
    // From the server.
    case connected = "CONNECTED"
    case message = "MESSAGE"
    case receipt = "RECEIPT"
    case error = "ERROR"

    /// Whether a frame of this command may have a body.
    public var mayHaveBody: Bool { self == .send || self == .message || self == .error }

    /// Whether headers are escaped in versions that escape. The frames that open a session never are, as they come before a version is
    /// agreed upon.
    public var escapesHeaders: Bool { self != .connect && self != .stomp && self != .connected }
}
