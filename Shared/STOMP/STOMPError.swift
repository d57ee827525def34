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
    }

    public let code: Code
    /// What to do about it, in one sentence, naming the header: the ERROR frame's body.
    public let description: String

    /// An error of its parts.
    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// A session's refusal as an ERROR.
    public init(refusal code: ErrorCode, _ description: String) {
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
        self.init(own, description)
    }

    /// The contract's code for it: the ERROR frame's `code` header.
    public var errorCode: ErrorCode {
        switch code {
        case .unauthorized: .unauthorized
        case .forbidden: .forbidden
        case .unknownDestination: .notFound
        case .tooManyHeaders, .headersTooLarge, .bodyTooLarge, .tooMuchWaiting, .transactionTooLarge: .tooLarge
        case .rateLimited, .tooManySubscriptions, .tooManyTransactions: .rateLimited
        case .busy: .busy
        case .internal: .internalError
        default: .badRequest
        }
    }

    /// What the WebSocket closes with after the ERROR.
    public var closeCode: CloseCode {
        switch errorCode {
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
        var headers: STOMPHeaders = ["message": code.rawValue, "code": errorCode.rawValue]
        if let receipt { headers.append("receipt-id", receipt) }
        if code == .unsupportedVersion {
            headers.append("version", STOMPVersion.allCases.map(\.rawValue).joined(separator: ","))
        }
        headers.append("content-type", "text/plain;charset=utf-8")
        return STOMPFrame(.error, headers, body: Array(description.utf8))
    }
}
