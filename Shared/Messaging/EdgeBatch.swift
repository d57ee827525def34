/// What the router tells one edge in one stream entry: messages with their recipients on that edge, and other news.
///
/// A message's body stands here once however many of its recipients are on the edge. All of it is a hint: an edge that
/// gets nothing, or gets it late or twice, finds the same in the inboxes.
/// Binary form (field `batch`): a version byte, then items of a kind byte and their parts; numbers are LEB128, texts and bytes have their length before them.
public struct EdgeBatch: Hashable, Sendable {
    /// A user who is to get a message, with the chain: the inbox entry's id and the one before it.
    public struct Recipient: Hashable, Sendable {
        public var user: String
        /// The inbox entry's id.
        public var cursor: MessageID
        /// The id of the inbox entry before it.
        public var previous: MessageID

        /// A recipient of its parts.
        public init(user: String, cursor: MessageID, previous: MessageID) {
            self.user = user
            self.cursor = cursor
            self.previous = previous
        }
    }

    /// A message for some users of the edge.
    public struct Message: Hashable, Sendable {
        public var id: MessageID
        public var conversation: String
        public var from: String
        /// The device that sent it and does not get it back; empty for REST.
        public var device: String
        public var data: [UInt8]
        public var recipients: [Recipient]

        /// A message of its parts.
        public init(
            id: MessageID, conversation: String, from: String, device: String, data: [UInt8], recipients: [Recipient]
        ) {
            self.id = id
            self.conversation = conversation
            self.from = from
            self.device = device
            self.data = data
            self.recipients = recipients
        }
    }

    /// One piece of news.
    public enum Item: Hashable, Sendable {
        case message(Message)
        /// The inbox of `user` may hold something up to `cursor`: compare and read.
        case look(user: String, cursor: MessageID)
        /// A signal for these users. `device` is the one that sent it and does not get it back.
        case signal(from: String, device: String, to: String, at: Int64, data: [UInt8], users: [String])
        /// `user` has read `conversation` up to `id`: for these users. `device` is the one that said so and does not get it back.
        case read(conversation: String, user: String, device: String, id: MessageID, users: [String])
        /// A ``Canary`` that the edge sent in its life `life` through this partition is back.
        case canary(partition: Int, life: String, number: UInt64)
    }

    public var items: [Item]

    /// A batch of items, in the order in which they are to be looked at.
    public init(items: [Item] = []) { self.items = items }
}

extension EdgeBatch {
    private static let version: UInt8 = 1

    /// The binary form.
    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.write(byte: Self.version)
        for item in items { Self.write(item, to: &writer) }
        return writer.bytes
    }

    private static func write(_ item: Item, to writer: inout ByteWriter) {
        switch item {
        case .message(let message):
            writer.write(byte: 1)
            writer.write(message.id)
            writer.write(message.conversation)
            writer.write(message.from)
            writer.write(message.device)
            writer.write(message.data)
            writer.write(UInt64(message.recipients.count))
            for recipient in message.recipients {
                writer.write(recipient.user)
                writer.write(recipient.cursor)
                writer.write(recipient.previous)
            }
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
            write(users, to: &writer)
        case .read(let conversation, let user, let device, let id, let users):
            writer.write(byte: 4)
            writer.write(conversation)
            writer.write(user)
            writer.write(device)
            writer.write(id)
            write(users, to: &writer)
        case .canary(let partition, let life, let number):
            writer.write(byte: 5)
            writer.write(UInt64(max(0, partition)))
            writer.write(life)
            writer.write(number)
        }
    }

    private static func write(_ users: [String], to writer: inout ByteWriter) {
        writer.write(UInt64(users.count))
        for user in users { writer.write(user) }
    }

    /// Reads the binary form.
    /// - Throws: ``MessagingError`` `badEntry` when it is truncated, malformed or of a version not known here.
    public init(decoding bytes: [UInt8]) throws(MessagingError) {
        var reader = ByteReader(bytes)
        guard try reader.byte() == Self.version else {
            throw MessagingError(.badEntry, "the edge batch is of a version this edge does not know: update the edge")
        }
        var items: [Item] = []
        while !reader.isAtEnd { items.append(try Self.item(from: &reader)) }
        self.init(items: items)
    }

    private static func item(from reader: inout ByteReader) throws(MessagingError) -> Item {
        switch try reader.byte() {
        case 1:
            var message = Message(
                id: try reader.id(), conversation: try reader.text(), from: try reader.text(),
                device: try reader.text(), data: try reader.data(), recipients: [])
            let count = try reader.count()
            message.recipients.reserveCapacity(count)
            for _ in 0..<count {
                message.recipients.append(
                    Recipient(user: try reader.text(), cursor: try reader.id(), previous: try reader.id()))
            }
            return .message(message)
        case 2:
            return .look(user: try reader.text(), cursor: try reader.id())
        case 3:
            return .signal(
                from: try reader.text(), device: try reader.text(), to: try reader.text(),
                at: Int64(clamping: try reader.number()), data: try reader.data(), users: try users(from: &reader))
        case 4:
            return .read(
                conversation: try reader.text(), user: try reader.text(), device: try reader.text(),
                id: try reader.id(), users: try users(from: &reader))
        case 5:
            return .canary(
                partition: Int(clamping: try reader.number()), life: try reader.text(), number: try reader.number())
        default:
            throw MessagingError(
                .badEntry, "the edge batch has an item of a kind this edge does not know: update the edge")
        }
    }

    private static func users(from reader: inout ByteReader) throws(MessagingError) -> [String] {
        let count = try reader.count()
        var users: [String] = []
        users.reserveCapacity(count)
        for _ in 0..<count { users.append(try reader.text()) }
        return users
    }
}
