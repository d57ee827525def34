import Messaging

// SEND, and the transactions that SEND, ACK and NACK may be part of.
extension STOMPStateMachine {
    mutating func send(_ frame: STOMPFrame, _ effects: inout [STOMPEffect]) throws(STOMPError) {
        let purpose = try purpose(frame)
        let data = try data(frame, purpose)
        var send = STOMPSend(tag: 0, try Self.identity(frame), purpose, data: data)
        if case .message = purpose { send.attachments = try Self.attachments(frame) }
        if frame.headers["transaction"] != nil { return try add(.send(send), to: frame, &effects) }
        send.tag = tags(1, receipt: frame.headers["receipt"])[0]
        effects.append(.send(send))
    }

    private static func identity(_ frame: STOMPFrame) throws(STOMPError) -> STOMPSend.Identity {
        switch (frame.headers["n"], frame.headers["idempotency-key"]) {
        case (nil, nil): return .none
        case (let text?, nil):
            guard let number = UInt64(text), number <= ClientFrame.maximumN else {
                throw STOMPError(
                    .badHeader, "header 'n' is the device's own counter, a number up to \(ClientFrame.maximumN)")
            }
            return .counter(number)
        case (nil, let key?):
            guard (1...128).contains(key.utf8.count), key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
                throw STOMPError(.badHeader, "header 'idempotency-key' is 1 to 128 visible ASCII characters")
            }
            return .key(key)
        case (_?, _?): throw STOMPError(.badHeader, "give one of the headers 'n' and 'idempotency-key'")
        }
    }

    private func purpose(_ frame: STOMPFrame) throws(STOMPError) -> STOMPSend.Purpose {
        switch try configuration.destinations.target(ofSend: try Self.required("destination", frame)) {
        case .somebody(let destination):
            switch frame.headers["type"] {
            case "signal": return .signal(destination)
            // What a client may have of its own, as others use the header too.
            default: return .message(destination)
            }
        case .edit: return .edit(try Self.conversation(frame), try Self.message(frame))
        case .delete: return .delete(try Self.conversation(frame), try Self.message(frame))
        case .read: return .read(try Self.conversation(frame), try Self.message(frame))
        case .token:
            guard let token = Self.token(frame.headers) else {
                throw STOMPError(.missingHeader, "SEND to /token needs a token in header 'Authorization' or 'passcode'")
            }
            return .token(token)
        }
    }

    private static func attachments(_ frame: STOMPFrame) throws(STOMPError) -> [UInt8] {
        guard let text = frame.headers["attachments"] else { return [] }
        guard let json = MessageBody.value(Array(text.utf8)) else {
            throw STOMPError(.badHeader, "header 'attachments' is not valid JSON")
        }
        do throws(MessagingError) { return try Attachment.list(json.indices, in: json.span) } catch {
            throw STOMPError(.badHeader, error.description.replacing("field 'attachments", with: "header 'attachments"))
        }
    }

    private static func conversation(_ frame: STOMPFrame) throws(STOMPError) -> Conversation {
        guard let conversation = Conversation(try required("conversation", frame)) else {
            throw STOMPError(.badHeader, "header 'conversation' is dm:<user>:<user>, group:<id> or topic:<id>")
        }
        return conversation
    }

    private static func message(_ frame: STOMPFrame) throws(STOMPError) -> MessageID {
        guard let id = MessageID(try required("id", frame)) else {
            throw STOMPError(.badHeader, "header 'id' is a message id of the form <ms>-<n>")
        }
        return id
    }

    private func data(_ frame: STOMPFrame, _ purpose: STOMPSend.Purpose) throws(STOMPError) -> [UInt8] {
        switch purpose {
        case .message, .signal, .edit:
            let data = try MessageBody.data(of: frame.body, contentType: frame.headers["content-type"])
            guard data.count <= configuration.limits.bodyBytes else {
                throw STOMPError(
                    .bodyTooLarge,
                    "a body has at most \(configuration.limits.bodyBytes) bytes when it is written as JSON"
                )
            }
            return data
        case .delete, .read, .token:
            guard frame.body.isEmpty else {
                throw STOMPError(.unexpectedBody, "a SEND to this destination has no body")
            }
            return []
        }
    }

    mutating func begin(_ frame: STOMPFrame, _ effects: inout [STOMPEffect]) throws(STOMPError) {
        let name = try Self.required("transaction", frame)
        guard index(ofTransaction: name) == nil else {
            throw STOMPError(.transactionInUse, "header 'transaction' names a transaction that is already open")
        }
        guard transactions.count < configuration.limits.transactions else {
            throw STOMPError(
                .tooManyTransactions, "a session has at most \(configuration.limits.transactions) open transactions")
        }
        transactions.append(STOMPTransaction(name: name))
        Self.acknowledge(frame, &effects)
    }

    mutating func abort(_ frame: STOMPFrame, _ effects: inout [STOMPEffect]) throws(STOMPError) {
        transactions.remove(at: try open(frame))
        Self.acknowledge(frame, &effects)
    }

    /// All steps go out one behind the other. The receipt says that the log has taken every message.
    mutating func commit(_ frame: STOMPFrame, _ effects: inout [STOMPEffect]) throws(STOMPError) {
        let steps = transactions.remove(at: try open(frame)).steps
        let sends = steps.count { if case .send = $0 { true } else { false } }
        var tags = sends > 0 ? tags(sends, receipt: frame.headers["receipt"])[...] : []
        for step in steps {
            switch step {
            case .send(var send):
                guard let tag = tags.popFirst() else { break }
                send.tag = tag
                effects.append(.send(send))
            case .settle(let settlement): settle(settlement, &effects)
            }
        }
        if sends == 0 { Self.acknowledge(frame, &effects) }
    }

    /// Keeps a step until its transaction commits; its own receipt says that it is kept.
    mutating func add(
        _ step: STOMPTransaction.Step, to frame: STOMPFrame, _ effects: inout [STOMPEffect]
    ) throws(STOMPError) {
        let index = try open(frame)
        let limits = configuration.limits
        guard transactions[index].steps.count < limits.transactionFrames else {
            throw STOMPError(.transactionTooLarge, "a transaction has at most \(limits.transactionFrames) frames")
        }
        let total = transactions.reduce(step.bytes) { $0 + $1.bytes }
        guard total <= limits.transactionBytes else {
            throw STOMPError(
                .transactionTooLarge, "a session's transactions have at most \(limits.transactionBytes) bytes together")
        }
        transactions[index].steps.append(step)
        transactions[index].bytes += step.bytes
        Self.acknowledge(frame, &effects)
    }

    private func open(_ frame: STOMPFrame) throws(STOMPError) -> Int {
        guard let index = index(ofTransaction: try Self.required("transaction", frame)) else {
            throw STOMPError(.unknownTransaction, "header 'transaction' names no open transaction: BEGIN comes first")
        }
        return index
    }

    private func index(ofTransaction name: String) -> Int? { transactions.firstIndex { $0.name.isSame(as: name) } }
}
