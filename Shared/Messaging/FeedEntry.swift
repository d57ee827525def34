/// An entry of a feed's log: one message, what became of an earlier one, or who stops hearing it, with the id of the entry before it. Its own id in the log is its place.
///
/// The place is the message's id; only with a replayed message it is that of the replay, for places must grow, and the message's id is another.
/// Stream fields in this order: `prev`, `from`, `device`, `data`, and `id` where it is not the place, `attachments`, `change`; or `left` in a group's, then with nothing in the others.
public struct FeedEntry: Hashable, Sendable {
    /// Who are members of the group no longer, from this entry on.
    public enum Departure: Hashable, Sendable, CustomStringConvertible {
        /// These.
        case users(Set<String>)
        /// Too many to name: each has to ask.
        case unknown

        public var description: String {
            switch self {
            case .users(let users): users.joined(separator: " ")
            case .unknown: "*"
            }
        }

        /// Reads the field `left`: users with blanks between, or `*`.
        public init(_ text: String) {
            self = text == "*" ? .unknown : .users(Set(text.split(separator: " ").map(String.init)))
        }
    }

    public var place: MessageID
    /// The place of the entry before this one, `0-0` for the first. A reader who stands before it has missed something.
    public var previous: MessageID
    /// The message's id.
    public var id: MessageID
    public var from: String
    /// The device that sent it, which does not get it back; empty for REST.
    public var device: String
    /// The client's JSON, untouched.
    public var data: [UInt8]
    /// Who leaves the group with it; nil for a message.
    public var departure: Departure?
    /// The message's attachments as JSON, empty for none.
    public var attachments: [UInt8]
    /// What became of an earlier message, ``id`` being that of the change; nil for a message.
    public var change: MessageChange?

    /// An entry of its parts.
    public init(
        place: MessageID, previous: MessageID, id: MessageID? = nil, from: String, device: String, data: [UInt8],
        departure: Departure? = nil, attachments: [UInt8] = [], change: MessageChange? = nil
    ) {
        self.place = place
        self.previous = previous
        self.id = id ?? place
        self.from = from
        self.device = device
        self.data = data
        self.departure = departure
        self.attachments = attachments
        self.change = change
    }

    /// Reads a stream entry's fields.
    /// - Throws: ``MessagingError`` `badEntry`, naming the field.
    public init(place: MessageID, fields: StreamFields) throws(MessagingError) {
        guard let previous = MessageID(try fields.text("prev", at: 0)) else {
            throw MessagingError(.badEntry, "the feed entry's field 'prev' is no id")
        }
        guard let data = fields.value("data", at: 3) else {
            throw MessagingError(.badEntry, "the feed entry's field 'data' is missing")
        }
        var id = place
        if let original = fields.value("id", at: 4) {
            guard let read = MessageID(utf8: original) else {
                throw MessagingError(.badEntry, "the feed entry's field 'id' is no id")
            }
            id = read
        }
        self.init(
            place: place, previous: previous, id: id, from: try fields.text("from", at: 1),
            device: try fields.text("device", at: 2), data: data,
            departure: try fields.value("left", at: 4) == nil ? nil : Departure(fields.text("left", at: 4)),
            attachments: fields.optional("attachments", from: 4) ?? [],
            change: fields.optional("change", from: 4).map { MessageChange(String(decoding: $0, as: UTF8.self)) })
    }
}
