/// What a client says: one JSON object of the contract, read without copying its body.
///
/// Unknown fields are ignored; unknown types, repeated fields, and fields that are missing or of the wrong form are refused with an error
/// that names the field and the remedy, and bears `n` when that could be read.
public enum ClientFrame: Hashable, Sendable {
    /// A token: the first one, or a fresh one before the old one expires.
    case auth(token: String)
    /// A message. `data` is the place of the body in the frame's bytes; `attachments` as ``Attachment/list(_:in:)`` gives them.
    case send(n: UInt64, to: Destination, data: Range<Int>, attachments: [UInt8] = [])
    /// A message is to say something else: `data` is the place of it in the frame's bytes.
    case edit(n: UInt64, conversation: Conversation, id: MessageID, data: Range<Int>)
    /// A message is to be no more.
    case delete(n: UInt64, conversation: Conversation, id: MessageID)
    /// A signal: stored nowhere, answered by nothing. `data` is the place of the body in the frame's bytes.
    case signal(to: Destination, data: Range<Int>)
    /// The device has everything up to `cursor`.
    case acknowledge(cursor: MessageID)
    /// The user has read `conversation` up to `id`.
    case read(conversation: Conversation, id: MessageID)
    /// The session wants what is said in a topic. The answer is `ok`, after what the topic's log holds from `start` on.
    case subscribe(n: UInt64, topic: String, start: TopicStart)
    /// The session wants it no more.
    case unsubscribe(n: UInt64, topic: String)
    /// The presence of these users is wanted, now and as it changes.
    case watch(n: UInt64, users: [String])
    /// It is wanted no more.
    case unwatch(n: UInt64, users: [String])
    /// To be answered by `pong` with the same `n`.
    case ping(n: UInt64)

    /// Where to begin with a topic: the `after` of a `subscribe`.
    public enum TopicStart: Hashable, Sendable {
        /// With what comes from now on; no `after` was given.
        case now
        /// With everything that the topic's log holds; `after` is `0`.
        case beginning
        /// With what follows this message, or this place of an earlier `ok`.
        case after(MessageID)
    }

    /// The largest `n`, 2^53 − 1: what every JSON reader can hold exactly.
    public static let maximumN: UInt64 = 1 << 53 - 1

    /// The most users of one `watch` or `unwatch`.
    public static let maximumUsers = 200

    /// The types that are known, for error messages.
    public static let types =
        "send, edit, delete, signal, ack, read, subscribe, unsubscribe, watch, unwatch, auth, ping"
}

extension ClientFrame {
    /// Reads a frame.
    ///
    /// - Parameter bytes: The text of the frame, checked to be UTF-8.
    /// - Throws: ``MessagingError`` `badFrame`.
    public init(decoding bytes: Span<UInt8>) throws(MessagingError) {
        let fields = try ClientFrameFields(bytes)
        switch try fields.type(bytes) {
        case "send":
            let n = try fields.requiredN(bytes)
            self = .send(
                n: n, to: try fields.destination(bytes), data: try fields.body(),
                attachments: try fields.attachmentList(bytes))
        case "edit":
            let n = try fields.requiredN(bytes)
            self = .edit(
                n: n, conversation: try fields.conversation(bytes), id: try fields.messageID(.id, bytes),
                data: try fields.body())
        case "delete":
            let n = try fields.requiredN(bytes)
            self = .delete(n: n, conversation: try fields.conversation(bytes), id: try fields.messageID(.id, bytes))
        case "signal":
            self = .signal(to: try fields.destination(bytes), data: try fields.body())
        case "ack":
            self = .acknowledge(cursor: try fields.messageID(.cursor, bytes))
        case "read":
            self = .read(conversation: try fields.conversation(bytes), id: try fields.messageID(.id, bytes))
        case "auth":
            self = .auth(token: try fields.text(.token, bytes))
        case "ping":
            self = .ping(n: try fields.requiredN(bytes))
        case "subscribe":
            let n = try fields.requiredN(bytes)
            self = .subscribe(n: n, topic: try fields.topic(bytes), start: try fields.topicStart(bytes))
        case "unsubscribe":
            let n = try fields.requiredN(bytes)
            self = .unsubscribe(n: n, topic: try fields.topic(bytes))
        case "watch": self = .watch(n: try fields.requiredN(bytes), users: try fields.users(bytes))
        case "unwatch": self = .unwatch(n: try fields.requiredN(bytes), users: try fields.users(bytes))
        default:
            throw fields.error("field 'type' must be one of \(Self.types)")
        }
    }
}
