/// The WebSocket close codes of a session.
///
/// 4000 to 4499: connect again, with back-off, and resume. 4500 and up: do not, without doing something about it.
public enum CloseCode: UInt16, Sendable, CaseIterable {
    case normal = 1000
    case goingAway = 1001
    case protocolError = 1002
    case unsupportedData = 1003
    case invalidText = 1007
    case tooLarge = 1009
    case internalError = 1011
    case moved = 4000
    case slowConsumer = 4001
    case heartbeatMissed = 4002
    case tokenExpired = 4003
    case rateLimited = 4004
    case unauthorized = 4500
    case badFrame = 4501
    case endedByOperator = 4502
    case tooManySessions = 4503

    /// The reason sent with the code, at most 123 bytes.
    public var reason: String {
        switch self {
        case .normal: ""
        case .goingAway: "the edge is going away"
        case .protocolError: "protocol error"
        case .unsupportedData: "binary frames are not spoken here"
        case .invalidText: "text is not UTF-8"
        case .tooLarge: "frame too large"
        case .internalError: "internal error"
        case .moved: "moved"
        case .slowConsumer: "slow consumer"
        case .heartbeatMissed: "heartbeat missed"
        case .tokenExpired: "token expired"
        case .rateLimited: "rate limited"
        case .unauthorized: "unauthorized"
        case .badFrame: "bad frame"
        case .endedByOperator: "ended by an operator"
        case .tooManySessions: "too many sessions of this user"
        }
    }
}
