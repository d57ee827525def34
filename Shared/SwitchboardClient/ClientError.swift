public import Messaging

/// Why something could not be done. Descriptions carry no payload and no token.
public struct ClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Code: Hashable, Sendable {
        /// The server refused it, with this code of the contract.
        case refused(ErrorCode)
        /// It cannot be sent as it is: an address, an id or JSON that is none. Nothing was sent.
        case invalid
        /// As much waits already as may wait. Nothing was queued; try again when something was answered.
        case queueFull
        /// The client has ended, or was ended. What was not accepted may or may not be in the log; the same `n` tells, sent again.
        case closed
        /// The server does not want this client back: a close code of 4500 or more, or a handshake refused for good.
        case rejected(code: UInt16)
        /// No token could be had, and there is no point in trying again.
        case tokenRefused
        /// A REST call was not answered, or not within its limit.
        case unreachable
    }

    public let code: Code
    /// What is wrong and what to do, in one sentence.
    public let description: String

    /// An error of its parts.
    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

extension ClientError {
    /// What an `error` frame or a problem document says.
    static func server(_ code: String?, _ message: String?) -> ClientError {
        ClientError(
            .refused(code.flatMap(ErrorCode.init) ?? .internalError),
            message ?? "the server refused it without saying why: its log has more")
    }

    static let closed = ClientError(.closed, "the client has ended: make a new one and run it")
}
