public import Messaging

/// Why a client is told ERROR, after which the connection closes. Descriptions carry no payload and no token.
public struct STOMPError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong; the raw value is the ERROR frame's `message` header. None has a colon, so that it reads the same in every version.
    public enum Code: String, Sendable, CaseIterable {
        case malformedFrame = "malformed frame"
        case unknownCommand = "unknown command"
        case undefinedEscape = "undefined escape sequence"
        case tooManyHeaders = "too many headers"
        case headersTooLarge = "headers too large"
        case bodyTooLarge = "body too large"
        case tooMuchWaiting = "too much sent before CONNECTED"
        case unexpectedBody = "unexpected body"
        case missingHeader = "missing header"
        case badHeader = "bad header"
        case badBody = "bad body"
        case notConnected = "not connected"
        case alreadyConnected = "already connected"
        case unsupportedVersion = "unsupported protocol version"
        case unauthorized = "unauthorized"
        case forbidden = "forbidden"
        case unknownDestination = "unknown destination"
        case subscriptionInUse = "subscription id in use"
        case unknownSubscription = "unknown subscription"
        case tooManySubscriptions = "too many subscriptions"
        case transactionInUse = "transaction in use"
        case unknownTransaction = "unknown transaction"
        case tooManyTransactions = "too many transactions"
        case transactionTooLarge = "transaction too large"
        case rateLimited = "rate limited"
        case busy = "busy"
        case `internal` = "internal error"
        // The session ends, and no frame is at fault.
        case moved
        case slowConsumer = "slow consumer"
        case heartBeatMissed = "heart-beat missed"
        case tokenExpired = "token expired"
        case endedByOperator = "ended by an operator"
        case tooManySessions = "too many sessions"
    }

    public let code: Code
    /// What to do about it, in one sentence, naming the header: the ERROR frame's body.
    public let description: String
    /// After how many milliseconds to try again: the ERROR frame's `retry-after`.
    public let retryAfter: Int?
    /// Where to connect again: the ERROR frame's `url`.
    public let url: String?

    /// An error of its parts.
    public init(_ code: Code, _ description: String, retryAfter: Int? = nil, url: String? = nil) {
        self.code = code
        self.description = description
        self.retryAfter = retryAfter
        self.url = url
    }

    /// Why the server ends a session.
    /// - Parameter url: Where to connect again, if that matters.
    public init(ending close: CloseCode, url: String? = nil) {
        switch close {
        case .moved, .goingAway:
            self.init(.moved, "the session is to be on another edge: connect again, and resume", url: url)
        case .slowConsumer:
            self.init(
                .slowConsumer,
                "more waits for this client than is kept: connect again, and acknowledge with 'ack' client to be sent no more than you take"
            )
        case .heartbeatMissed: self.init(.heartBeatMissed, "nothing came for two heart-beats: connect again")
        case .tokenExpired: self.init(.tokenExpired, "the token has expired: connect again with a new one")
        case .rateLimited: self.init(.rateLimited, "too many frames: connect again, and send fewer")
        case .unauthorized: self.init(.unauthorized, "the token does not hold: connect with another one")
        case .endedByOperator: self.init(.endedByOperator, "an operator has ended this user's sessions")
        case .tooManySessions: self.init(.tooManySessions, "this user has too many sessions: end another one first")
        case .tooLarge: self.init(.bodyTooLarge, "a WebSocket message is too large: split the frame")
        case .badFrame, .protocolError, .unsupportedData, .invalidText:
            self.init(.malformedFrame, "this cannot be read as STOMP")
        case .normal, .internalError: self.init(.internal, "the server ends the session: connect again")
        }
    }

    /// A session's refusal as an ERROR.
    public init(refusal code: ErrorCode, _ description: String, retryAfter: Int? = nil) {
        let own: Code =
            switch code {
            case .badRequest: .badHeader
            case .unauthorized: .unauthorized
            case .forbidden: .forbidden
            case .notFound: .unknownDestination
            case .tooLarge: .bodyTooLarge
            case .rateLimited: .rateLimited
            case .busy: .busy
            case .internalError: .internal
            }
        self.init(own, description, retryAfter: retryAfter)
    }

    /// The ERROR frame's `code` header: the contract's code for it, or why the session ends.
    public var word: String {
        switch code {
        case .moved: "moved"
        case .slowConsumer: "slow_consumer"
        case .heartBeatMissed: "heartbeat_missed"
        case .tokenExpired: "token_expired"
        case .endedByOperator: "ended"
        case .tooManySessions: "too_many_sessions"
        default: errorCode.rawValue
        }
    }

    /// The contract's code for it.
    public var errorCode: ErrorCode {
        switch code {
        case .unauthorized, .tokenExpired, .endedByOperator: .unauthorized
        case .forbidden: .forbidden
        case .unknownDestination: .notFound
        case .tooManyHeaders, .headersTooLarge, .bodyTooLarge, .tooMuchWaiting, .transactionTooLarge: .tooLarge
        case .rateLimited, .tooManySubscriptions, .tooManyTransactions, .tooManySessions, .slowConsumer: .rateLimited
        case .busy, .moved, .heartBeatMissed: .busy
        case .internal: .internalError
        default: .badRequest
        }
    }

    /// What the WebSocket closes with after the ERROR.
    public var closeCode: CloseCode {
        switch code {
        case .moved: return .moved
        case .slowConsumer: return .slowConsumer
        case .heartBeatMissed: return .heartbeatMissed
        case .tokenExpired: return .tokenExpired
        case .endedByOperator: return .endedByOperator
        case .tooManySessions: return .tooManySessions
        default: break
        }
        return switch errorCode {
        case .unauthorized: .unauthorized
        case .tooLarge: .tooLarge
        case .rateLimited: .rateLimited
        case .busy, .internalError: .internalError
        case .badRequest, .forbidden, .notFound: .badFrame
        }
    }

    /// The ERROR frame.
    /// - Parameter receipt: The `receipt` header of the frame that is at fault, if it had one.
    public func frame(receipt: String? = nil) -> STOMPFrame {
        var headers: STOMPHeaders = ["message": code.rawValue, "code": word]
        if let receipt { headers.append("receipt-id", receipt) }
        if code == .unsupportedVersion {
            headers.append("version", STOMPVersion.allCases.map(\.rawValue).joined(separator: ","))
        }
        if let retryAfter { headers.append("retry-after", String(retryAfter)) }
        if let url { headers.append("url", url) }
        headers.append("content-type", "text/plain;charset=utf-8")
        return STOMPFrame(.error, headers, body: Array(description.utf8))
    }
}
