/// How one item of an ``EdgeBatch`` is written and read.
///
/// Kinds 1 to 5 are written bare: kind byte, parts. All later ones are framed: kind byte, length of the body, body. So an edge passes over an item of a
/// kind that it does not know, and over what a later version has added at the end of a body, and routers and edges of two versions can stand beside each
/// other while an installation is updated. A kind's number is never used again for something else.
extension EdgeBatch {
    /// The framed kinds: the byte that each has.
    enum Kind: UInt8 {
        /// See ``EdgeBatch/Item/feed(_:_:)``.
        case feed = 6
        /// See ``EdgeBatch/Item/feedLook(_:place:)``.
        case feedLook = 7
        /// See ``EdgeBatch/Item/presence(user:_:)``.
        case presence = 8
        /// See ``EdgeBatch/Item/end(user:before:)``.
        case end = 9
        /// See ``EdgeBatch/Item/explain(user:request:instance:)``.
        case explain = 10
        /// See ``EdgeBatch/Item/groups(users:)``.
        case groups = 13
        /// See ``EdgeBatch/Item/message(_:)``: one with attachments, or what became of one.
        case richMessage = 14
        /// See ``EdgeBatch/Item/feed(_:_:)``: the same.
        case richFeed = 15

        /// The first that is framed.
        static let firstFramed: UInt8 = 6
    }

    static func write(_ item: Item, to writer: inout ByteWriter) {
        switch item {
        case .message(let message) where !message.attachments.isEmpty || message.change != nil:
            writer.write(.richMessage) { body in
                write(head: message, to: &body)
                body.write(message.attachments)
                body.write(message.change?.description ?? "")
                write(message.recipients, to: &body)
            }
        case .message(let message):
            writer.write(byte: 1)
            write(head: message, to: &writer)
            write(message.recipients, to: &writer)
        case .look(let user, let cursor):
            writer.write(byte: 2)
            writer.write(user)
            writer.write(cursor)
        case .signal(let from, let device, let to, let at, let data, let users):
            writer.write(byte: 3)
            writer.write(from)
            writer.write(device)
            writer.write(to)
            writer.write(UInt64(max(0, at)))
            writer.write(data)
            writer.write(users)
        case .read(let conversation, let user, let device, let id, let users):
            writer.write(byte: 4)
            writer.write(conversation)
            writer.write(user)
            writer.write(device)
            writer.write(id)
            writer.write(users)
        case .canary(let partition, let life, let number):
            writer.write(byte: 5)
            writer.write(UInt64(max(0, partition)))
            writer.write(life)
            writer.write(number)
        case .feed(let feed, let entry) where !entry.attachments.isEmpty || entry.change != nil:
            writer.write(.richFeed) { body in
                write(head: entry, of: feed, to: &body)
                body.write(entry.attachments)
                body.write(entry.change?.description ?? "")
            }
        case .feed(let feed, let entry):
            writer.write(.feed) { body in
                write(head: entry, of: feed, to: &body)
                if let departure = entry.departure { body.write(departure.description) }
            }
        case .feedLook(let feed, let place):
            writer.write(.feedLook) { body in
                body.write(feed.description)
                body.write(place)
            }
        case .presence(let user, let view):
            writer.write(.presence) { body in
                body.write(user)
                view.write(to: &body)
            }
        case .end(let user, let before):
            writer.write(.end) { body in
                body.write(user)
                body.write(UInt64(max(0, before)))
            }
        case .explain(let user, let request, let instance):
            writer.write(.explain) { body in
                body.write(user)
                body.write(request)
                body.write(instance)
            }
        case .groups(let users): writer.write(.groups) { body in body.write(users) }
        }
    }

    private static func write(head message: Message, to writer: inout ByteWriter) {
        writer.write(message.id)
        writer.write(message.conversation)
        writer.write(message.from)
        writer.write(message.device)
        writer.write(message.data)
    }

    private static func write(_ recipients: [Recipient], to writer: inout ByteWriter) {
        writer.write(UInt64(recipients.count))
        for recipient in recipients {
            writer.write(recipient.user)
            writer.write(recipient.cursor)
            writer.write(recipient.previous)
        }
    }

    private static func write(head entry: FeedEntry, of feed: Feed, to body: inout ByteWriter) {
        body.write(feed.description)
        body.write(entry.place)
        body.write(entry.previous)
        body.write(entry.id)
        body.write(entry.from)
        body.write(entry.device)
        body.write(entry.data)
    }

    /// What stands next in a batch.
    enum Found {
        case item(Item)
        /// An item of a kind that is not known here.
        case unknown(UInt8)
    }

    static func item(from reader: inout ByteReader) throws(MessagingError) -> Found {
        let byte = try reader.byte()
        guard byte >= Kind.firstFramed else { return .item(try bareItem(byte, from: &reader)) }
        var body = try reader.body()
        guard let kind = Kind(rawValue: byte) else { return .unknown(byte) }
        return .item(try framedItem(kind, from: &body))
    }

    /// A message without its recipients, which follow.
    static func message(from reader: inout ByteReader) throws(MessagingError) -> Message {
        Message(
            id: try reader.id(), conversation: try reader.text(), from: try reader.text(), device: try reader.text(),
            data: try reader.data(), recipients: [])
    }

    /// A message with what most do not have, without its recipients, which follow.
    static func richMessage(from body: inout ByteReader) throws(MessagingError) -> Message {
        var message = try message(from: &body)
        message.attachments = try body.data()
        message.change = try change(from: &body)
        return message
    }

    private static func change(from body: inout ByteReader) throws(MessagingError) -> MessageChange? {
        let text = try body.text()
        return text.isEmpty ? nil : MessageChange(text)
    }

    private static func recipients(from reader: inout ByteReader) throws(MessagingError) -> [Recipient] {
        var recipients: [Recipient] = []
        let count = try reader.count()
        recipients.reserveCapacity(count)
        for _ in 0..<count {
            recipients.append(
                Recipient(user: try reader.text(), cursor: try reader.id(), previous: try reader.id()))
        }
        return recipients
    }

    private static func bareItem(_ kind: UInt8, from reader: inout ByteReader) throws(MessagingError) -> Item {
        switch kind {
        case 1:
            var message = try message(from: &reader)
            message.recipients = try recipients(from: &reader)
            return .message(message)
        case 2:
            return .look(user: try reader.text(), cursor: try reader.id())
        case 3:
            return .signal(
                from: try reader.text(), device: try reader.text(), to: try reader.text(),
                at: Int64(clamping: try reader.number()), data: try reader.data(), users: try reader.texts())
        case 4:
            return .read(
                conversation: try reader.text(), user: try reader.text(), device: try reader.text(),
                id: try reader.id(), users: try reader.texts())
        case 5:
            return .canary(
                partition: Int(clamping: try reader.number()), life: try reader.text(), number: try reader.number())
        default:
            throw MessagingError(.badEntry, "the edge batch has an item of kind 0: it is malformed")
        }
    }

    private static func framedItem(_ kind: Kind, from body: inout ByteReader) throws(MessagingError) -> Item {
        switch kind {
        case .richMessage:
            var message = try richMessage(from: &body)
            message.recipients = try recipients(from: &body)
            return .message(message)
        case .richFeed:
            let feed = try feed(from: &body)
            var entry = try feedEntry(from: &body)
            entry.attachments = try body.data()
            entry.change = try change(from: &body)
            return .feed(feed, entry)
        case .feed:
            let feed = try feed(from: &body)
            var entry = try feedEntry(from: &body)
            if !body.isAtEnd { entry.departure = FeedEntry.Departure(try body.text()) }
            return .feed(feed, entry)
        case .feedLook:
            return .feedLook(try feed(from: &body), place: try body.id())
        case .presence:
            return .presence(user: try body.text(), try PresenceView(from: &body))
        case .end:
            return .end(user: try body.text(), before: Int64(clamping: try body.number()))
        case .explain:
            return .explain(user: try body.text(), request: try body.text(), instance: try body.text())
        case .groups: return .groups(users: try body.texts())
        }
    }
}

extension EdgeBatch {
    private static func feed(from body: inout ByteReader) throws(MessagingError) -> Feed {
        guard let feed = Feed(try body.text()) else {
            throw MessagingError(.badEntry, "the edge batch names a conversation that is no feed")
        }
        return feed
    }

    private static func feedEntry(from body: inout ByteReader) throws(MessagingError) -> FeedEntry {
        FeedEntry(
            place: try body.id(), previous: try body.id(), id: try body.id(), from: try body.text(),
            device: try body.text(), data: try body.data())
    }
}

extension ByteWriter {
    /// Writes a framed item, so that an edge that does not know its kind can pass over it.
    mutating func write(_ kind: EdgeBatch.Kind, _ fill: (inout ByteWriter) -> Void) {
        var body = ByteWriter()
        fill(&body)
        write(byte: kind.rawValue)
        write(body.bytes)
    }
}
