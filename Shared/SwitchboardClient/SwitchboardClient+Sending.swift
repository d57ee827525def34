import FoundationEssentials
public import Messaging

// Sending
extension SwitchboardClient {
    /// Sends a message, now or as soon as there is a session, and waits until it is in the log.
    /// - Parameters:
    ///   - value: goes out as JSON.
    ///   - to: `user:<id>`, `group:<id>`, `topic:<id>` or `all`.
    /// - Throws: ``ClientError``: `refused` with the server's code, `invalid`, `queueFull` when ``ClientConfiguration/sendCapacity`` wait already, `closed`.
    ///   `EncodingError`. `CancellationError` when the task is cancelled, which ends the waiting and not the message.
    @discardableResult
    public func send(
        _ value: some Encodable, to: String, attachments: [MessageAttachment] = []
    ) async throws -> Accepted {
        let files = attachments.isEmpty ? [] : try Self.json(attachments)
        return try await post(json: Self.json(value), to: to, attachmentsJSON: files).accepted
    }

    /// Sends one JSON value as it is, and waits until it is in the log.
    /// - Parameter n: the device's own number of it, above all before; for who keeps numbers over a restart. A repeat is accepted once.
    @discardableResult
    public func send(json: [UInt8], to: String, n: UInt64? = nil) async throws -> Accepted {
        try await post(json: json, to: to, n: n).accepted
    }

    /// Puts a message on its way without waiting: those of one task go out in the order of the calls.
    public func post(_ value: some Encodable, to: String) throws -> Sending { post(json: try Self.json(value), to: to) }

    /// Puts one JSON value on its way without waiting: those of one task go out in the order of the calls.
    public func post(json: [UInt8], to: String, attachmentsJSON: [UInt8] = [], n: UInt64? = nil) -> Sending {
        let sending = Sending()
        on { $0.send(to: to, json: json, attachments: attachmentsJSON, n: n, sending) }
        return sending
    }

    /// Has a message say something else, and waits until the wish is in the log. It is done when ``ClientEvent/changed(_:)`` comes.
    @discardableResult
    public func edit(_ id: MessageID, in conversation: String, to value: some Encodable) async throws -> Accepted {
        try await change(id, conversation, Self.json(value))
    }

    /// Has a message be no more, and waits until the wish is in the log. It is done when ``ClientEvent/changed(_:)`` comes.
    @discardableResult
    public func delete(_ id: MessageID, in conversation: String) async throws -> Accepted {
        try await change(id, conversation, nil)
    }

    private func change(_ id: MessageID, _ conversation: String, _ json: [UInt8]?) async throws -> Accepted {
        let sending = Sending()
        on { $0.change(id, in: conversation, to: json, sending) }
        return try await sending.accepted
    }

    /// Tells who is there now something that is not kept: typing and the like. Without a session it is dropped.
    /// - Throws: ``ClientError`` `invalid`, `EncodingError`.
    public func signal(_ value: some Encodable, to: String) throws {
        guard Destination(to) != nil else {
            throw ClientError(.invalid, "\"\(to.prefix(160))\" is nobody: give \(Destination.rule)")
        }
        let json = try Self.json(value)
        on { $0.signal(to: to, json: json) }
    }

    /// This user has read a conversation up to a message. It is told soon, or when there is a session again; a later mark of the conversation covers it.
    /// - Throws: ``ClientError`` `invalid`.
    public func markRead(_ conversation: String, upTo id: MessageID) throws(ClientError) {
        guard Conversation(conversation) != nil else { throw ClientStateMachine.noConversation(conversation) }
        on { $0.markRead(conversation, id) }
    }

    private static func json(_ value: some Encodable) throws -> [UInt8] { Array(try JSONEncoder().encode(value)) }
}
