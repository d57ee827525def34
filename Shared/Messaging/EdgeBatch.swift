/// What the router tells one edge in one stream entry: messages with their recipients on that edge, and other news.
///
/// A message's body stands here once however many of its recipients are on the edge. All of it is a hint: an edge that
/// gets nothing, or gets it late or twice, finds the same in the inboxes.
/// Binary form (field `batch`): a version byte, then items of a kind byte and their parts; numbers are LEB128, texts and bytes have their length before them.
/// From kind 6 on the parts have their length before them, so that an item of a kind not known here can be passed over.
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

    /// A message for some users of the edge, or what became of one.
    public struct Message: Hashable, Sendable {
        public var id: MessageID
        public var conversation: String
        public var from: String
        /// The device that sent it and does not get it back; empty for REST.
        public var device: String
        public var data: [UInt8]
        public var recipients: [Recipient]
        /// The message's attachments as JSON, empty for none.
        public var attachments: [UInt8]
        /// What became of an earlier message, ``id`` being that of the change; nil for a message.
        public var change: MessageChange?

        /// A message of its parts.
        public init(
            id: MessageID, conversation: String, from: String, device: String, data: [UInt8], recipients: [Recipient],
            attachments: [UInt8] = [], change: MessageChange? = nil
        ) {
            self.id = id
            self.conversation = conversation
            self.from = from
            self.device = device
            self.data = data
            self.recipients = recipients
            self.attachments = attachments
            self.change = change
        }
    }

    /// One piece of news.
    public enum Item: Hashable, Sendable {
        case message(Message)
        /// The inbox of `user` may hold something up to `cursor`: compare and read.
        case look(user: String, cursor: MessageID)
        /// A signal for these users, or without users for all who hear the feed `to`. `device` is the one that sent it and does not get it back.
        case signal(from: String, device: String, to: String, at: Int64, data: [UInt8], users: [String])
        /// `user` has read `conversation` up to `id`: for these users. `device` is the one that said so and does not get it back.
        case read(conversation: String, user: String, device: String, id: MessageID, users: [String])
        /// A ``Canary`` that the edge sent in its life `life` through this partition is back.
        case canary(partition: Int, life: String, number: UInt64)
        /// A message of a feed, for all on this edge who hear it.
        case feed(Feed, FeedEntry)
        /// The log of a feed may hold something up to this place: compare and read.
        case feedLook(Feed, place: MessageID)
        /// What presence says of `user` has changed to this.
        case presence(user: String, PresenceView)
        /// The sessions of `user` whose tokens were issued before this time (ms) are to end.
        case end(user: String, before: Int64)
        /// Whoever runs as `instance` wants to know of the sessions of `user`: the answer goes to ``Keys/explanations(_:)``, with `request`.
        case explain(user: String, request: String, instance: String)
        /// These users have come into large groups, or a group of theirs has become one: look which.
        case groups(users: [String])
    }

    public var items: [Item]
    /// The kinds of items that were passed over when this was read, in their order: a later version writes what this one does not know.
    public private(set) var unknownKinds: [UInt8] = []

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

    /// Reads the binary form.
    /// - Throws: ``MessagingError`` `badEntry` when it is truncated, malformed or of a version not known here. Items of kinds not known here are passed over, see ``unknownKinds``.
    public init(decoding bytes: [UInt8]) throws(MessagingError) {
        var reader = try Self.start(bytes)
        self.init()
        while !reader.isAtEnd { add(try Self.item(from: &reader)) }
    }

    mutating func add(_ found: Found) {
        switch found {
        case .item(let item): items.append(item)
        case .unknown(let kind): unknownKinds.append(kind)
        }
    }

    /// A reader that stands before the first item.
    static func start(_ bytes: [UInt8]) throws(MessagingError) -> ByteReader {
        var reader = ByteReader(bytes)
        guard try reader.byte() == version else {
            throw MessagingError(.badEntry, "the edge batch is of a version this edge does not know: update the edge")
        }
        return reader
    }
}
