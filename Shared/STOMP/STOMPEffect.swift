public import Messaging

/// What is to be done after an event, in this order. What has a tag is answered with ``STOMPStateMachine/completed(_:)`` or
/// ``STOMPStateMachine/refused(_:_:)``, from which receipts follow.
public enum STOMPEffect: Hashable, Sendable {
    /// Look at the token, then answer with `authenticated` or `fail`. Nothing else is read until then.
    case authenticate(STOMPLogin)
    /// Append a message to the log.
    case send(STOMPSend)
    /// Deliver the inbox from the acknowledged cursor on: its first subscription has come.
    case subscribeInbox(tag: UInt64)
    /// Deliver the inbox no more: its last subscription has gone.
    case unsubscribeInbox
    /// Deliver a topic: its first subscription has come. With `after`, what the topic's log still holds after it comes first.
    case subscribeTopic(tag: UInt64, topic: String, after: MessageID?)
    /// Deliver a topic no more: its last subscription has gone.
    case unsubscribeTopic(String)
    /// This device has everything up to here.
    case acknowledge(MessageID)
    /// Too much is unacknowledged: deliver the inbox no further until `resumeInbox`.
    case pauseInbox
    /// Deliver the inbox again, after what was delivered last.
    case resumeInbox
    /// Send a frame, encoded for the session's version.
    case reply(STOMPFrame)
    /// Close, after what was to be sent.
    case close(CloseCode)
}

/// Who a CONNECT says it is from.
public struct STOMPLogin: Hashable, Sendable, CustomStringConvertible {
    /// The token of `Authorization` (with or without `Bearer`), else of `passcode`; nil leaves it to the handshake.
    public var token: String?
    /// The `login` header: for logs only, a token says who it is.
    public var login: String?
    /// The `device` header, a valid id; nil leaves it to the handshake.
    public var device: String?
    /// The `cursor` header: resume after it.
    public var cursor: MessageID?

    /// A login of its parts.
    public init(token: String? = nil, login: String? = nil, device: String? = nil, cursor: MessageID? = nil) {
        self.token = token
        self.login = login
        self.device = device
        self.cursor = cursor
    }

    // The token stays out of logs.
    public var description: String { "STOMPLogin(device: \(device ?? "-"))" }
}

/// A message to append.
public struct STOMPSend: Hashable, Sendable {
    public var tag: UInt64
    /// The device's own counter, from the `n` header; nil when the client does not count, and a repeat is a second message.
    public var n: UInt64?
    public var to: Destination
    /// The message's JSON.
    public var data: [UInt8]

    /// A message of its parts.
    public init(tag: UInt64, n: UInt64? = nil, to: Destination, data: [UInt8]) {
        self.tag = tag
        self.n = n
        self.to = to
        self.data = data
    }
}

/// What is to be sent for one message: each head, with the message's tail behind it.
public struct STOMPDelivery: Hashable, Sendable {
    /// The beginnings of MESSAGE frames, one for each subscription.
    public var heads: [[UInt8]] = []
    /// What is to be done besides.
    public var effects: [STOMPEffect] = []

    /// Nothing to be sent or done.
    public init() {}
}
