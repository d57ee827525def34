/// The members of a client's frame that mean something, found in one pass.
struct ClientFrameFields {
    enum Name: String {
        case type, n, to, data, cursor, conversation, id, token, topic, after
        case users, attachments
    }

    private struct Value {
        var range: Range<Int>
        var kind: JSONScanner.Kind
        var isEscaped: Bool
    }

    private var type: Value?
    private var number: Value?
    private var to: Value?
    private var data: Value?
    private var cursor: Value?
    private var conversation: Value?
    private var id: Value?
    private var token: Value?
    private var topic: Value?
    private var after: Value?
    private var users: Value?
    private var attachments: Value?
    /// The frame's `n`, when it has a valid one.
    private(set) var n: UInt64?

    init(_ bytes: Span<UInt8>) throws(MessagingError) {
        var scanner = JSONScanner()
        var repeated: Name?
        do {
            while let member = try scanner.next(in: bytes) {
                let key = JSONScanner.text(member.key, isEscaped: member.isKeyEscaped, in: bytes)
                guard let name = Name(rawValue: key) else { continue }
                let value = Value(range: member.value, kind: member.kind, isEscaped: member.isValueEscaped)
                if self[name] != nil { repeated = name }
                self[name] = value
            }
        } catch {
            throw MessagingError(.badFrame, "the frame is not valid JSON: \(error)")
        }
        n = number.flatMap { Self.counter($0.range, bytes) }
        if let repeated { throw self.error("field '\(repeated.rawValue)' appears twice: give it once") }
    }

    private subscript(name: Name) -> Value? {
        get {
            switch name {
            case .type: type
            case .n: number
            case .to: to
            case .data: data
            case .cursor: cursor
            case .conversation: conversation
            case .id: id
            case .token: token
            case .topic: topic
            case .after: after
            case .users: users
            case .attachments: attachments
            }
        }
        set {
            switch name {
            case .type: type = newValue
            case .n: number = newValue
            case .to: to = newValue
            case .data: data = newValue
            case .cursor: cursor = newValue
            case .conversation: conversation = newValue
            case .id: id = newValue
            case .token: token = newValue
            case .topic: topic = newValue
            case .after: after = newValue
            case .users: users = newValue
            case .attachments: attachments = newValue
            }
        }
    }

    func error(_ description: String) -> MessagingError { MessagingError(.badFrame, description, n: n) }

    func type(_ bytes: Span<UInt8>) throws(MessagingError) -> String {
        guard let type, type.kind == .string else {
            throw error("field 'type' must be one of \(ClientFrame.types), as a string")
        }
        return Self.text(type, bytes)
    }

    func requiredN(_ bytes: Span<UInt8>) throws(MessagingError) -> UInt64 {
        guard let n else { throw error("field 'n' must be an integer from 0 to \(ClientFrame.maximumN)") }
        return n
    }

    func destination(_ bytes: Span<UInt8>) throws(MessagingError) -> Destination {
        guard let to, to.kind == .string, let destination = Destination(Self.text(to, bytes)) else {
            throw error("field 'to' must be \(Destination.rule)")
        }
        return destination
    }

    func body() throws(MessagingError) -> Range<Int> {
        guard let data else { throw error("field 'data' is missing: give any JSON value, null too") }
        return data.range
    }

    /// The optional field `attachments`, in its own form; empty when there are none.
    func attachmentList(_ bytes: Span<UInt8>) throws(MessagingError) -> [UInt8] {
        guard let attachments, attachments.kind != .null else { return [] }
        do throws(MessagingError) {
            return try Attachment.list(attachments.range, in: bytes)
        } catch {
            throw self.error(error.description)
        }
    }

    func messageID(_ name: Name, _ bytes: Span<UInt8>) throws(MessagingError) -> MessageID {
        guard let value = self[name], value.kind == .string, let id = MessageID(Self.text(value, bytes)) else {
            throw error("field '\(name.rawValue)' must be an id of the form \"<ms>-<n>\"")
        }
        return id
    }

    func conversation(_ bytes: Span<UInt8>) throws(MessagingError) -> Conversation {
        guard let conversation, conversation.kind == .string,
            let value = Conversation(Self.text(conversation, bytes))
        else {
            throw error(
                "field 'conversation' must be dm:<a>:<b> (sorted), group:<id> or topic:<id>; an id is \(Identifier.rule)"
            )
        }
        return value
    }

    func topic(_ bytes: Span<UInt8>) throws(MessagingError) -> String {
        guard let topic, topic.kind == .string else { throw error("field 'topic' must be a topic's id, as a string") }
        let id = Self.text(topic, bytes)
        guard Identifier.isValid(id) else { throw error("field 'topic' must be a topic's id: \(Identifier.rule)") }
        return id
    }

    /// The optional field `after` of a `subscribe`.
    func topicStart(_ bytes: Span<UInt8>) throws(MessagingError) -> ClientFrame.TopicStart {
        guard let after, after.kind != .null else { return .now }
        guard after.kind == .string else {
            throw error("field 'after' must be a message id of the topic, or 0, as a string")
        }
        let text = Self.text(after, bytes)
        if text == "0" { return .beginning }
        guard let id = MessageID(text) else {
            throw error("field 'after' must be a message id of the form \"<ms>-<n>\", or \"0\" for all that is kept")
        }
        return .after(id)
    }

    /// The place of a member that is an array; nil when it is none.
    func array(_ name: Name) -> Range<Int>? {
        guard let value = self[name], value.kind == .array else { return nil }
        return value.range
    }

    func text(_ name: Name, _ bytes: Span<UInt8>) throws(MessagingError) -> String {
        guard let value = self[name], value.kind == .string, value.range.count > 2 else {
            throw error("field '\(name.rawValue)' must be a string that is not empty")
        }
        return Self.text(value, bytes)
    }

    private static func text(_ value: Value, _ bytes: Span<UInt8>) -> String {
        JSONScanner.text(
            value.range.lowerBound + 1..<value.range.upperBound - 1, isEscaped: value.isEscaped, in: bytes)
    }

    /// A plain integer from 0 to 2^53 − 1: no sign, fraction or exponent.
    static func counter(_ range: Range<Int>, _ bytes: Span<UInt8>) -> UInt64? {
        guard range.count <= 16 else { return nil }
        var result: UInt64 = 0
        for place in range {
            let byte = bytes[place]
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            result = result * 10 + UInt64(byte - UInt8(ascii: "0"))
        }
        return result <= ClientFrame.maximumN ? result : nil
    }
}
