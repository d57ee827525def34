public import Messaging

/// What is to be done after an event, in this order. What has a tag is answered with ``STOMPStateMachine/completed(_:)`` or
/// ``STOMPStateMachine/refused(_:_:)``, from which receipts follow.
public enum STOMPEffect: Hashable, Sendable {
    /// Look at the token, then answer with `authenticated` or `fail`. Nothing else is read until then.
    case authenticate(STOMPLogin)
    /// Append a message to the log, or what else a SEND asks for.
    case send(STOMPSend)
    /// Deliver the inbox from the acknowledged cursor on: its first subscription has come.
    case subscribeInbox(tag: UInt64)
    /// Deliver the inbox no more: its last subscription has gone.
    case unsubscribeInbox
    /// Deliver a topic: its first subscription has come. With `after`, what the topic's log still holds after it comes first.
    case subscribeTopic(tag: UInt64, topic: String, after: MessageID?)
    /// Deliver a topic no more: its last subscription has gone.
    case unsubscribeTopic(String)
    /// Tell when this user comes and goes, and how it is now: the first subscription to it has come.
    case watch(tag: UInt64, user: String)
    /// Tell it no more: the last subscription has gone.
    case unwatch(String)
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
    /// The `device` header, else the `client-id` header, a valid id; nil leaves it to the handshake.
    public var device: String?
    /// The `cursor` header: resume after it.
    public var cursor: MessageID?
    /// Whether the `cursor` is `0`: all that the inbox holds.
    public var fromStart: Bool

    /// A login of its parts.
    public init(
        token: String? = nil, login: String? = nil, device: String? = nil, cursor: MessageID? = nil,
        fromStart: Bool = false
    ) {
        self.token = token
        self.login = login
        self.device = device
        self.cursor = cursor
        self.fromStart = fromStart
    }

    // The token stays out of logs.
    public var description: String { "STOMPLogin(device: \(device ?? "-"))" }
}

/// What a SEND asks for.
public struct STOMPSend: Hashable, Sendable {
    /// What is to be done with the data.
    public enum Purpose: Hashable, Sendable {
        /// A message to somebody.
        case message(Destination)
        /// A signal: reaches who is online now.
        case signal(Destination)
        /// The data is to take the place of a message's.
        case edit(Conversation, MessageID)
        /// A message is to be no more.
        case delete(Conversation, MessageID)
        /// The user has read up to here.
        case read(Conversation, MessageID)
        /// This token is to hold from now on.
        case token(String)
    }

    /// What tells that a SEND is a repeat of an earlier one, on this connection or another.
    public enum Identity: Hashable, Sendable {
        /// Nothing: a repeat is a second message.
        case none
        /// The device's own counter, from the `n` header.
        case counter(UInt64)
        /// The `idempotency-key` header: counts for the user, as that of the REST interface does.
        case key(String)
    }

    public var tag: UInt64
    /// How a repeat is told.
    public var identity: Identity
    public var purpose: Purpose
    /// The message's JSON; empty where the purpose has none.
    public var data: [UInt8]
    /// What a message comes with, as ``Attachment/list(_:in:)`` gives it; empty for nothing.
    public var attachments: [UInt8]

    /// A SEND of its parts.
    public init(
        tag: UInt64, _ identity: Identity = .none, _ purpose: Purpose, data: [UInt8], attachments: [UInt8] = []
    ) {
        self.tag = tag
        self.identity = identity
        self.purpose = purpose
        self.data = data
        self.attachments = attachments
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
