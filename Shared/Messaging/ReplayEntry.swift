/// An entry of the log that has a group of services handle an earlier one again: a dead letter that is replayed.
///
/// It stands in the log like any other entry, so the partition's owner comes to it in its turn; groups other than the one it names skip it.
/// Stream fields in this order: `type` (`replay`), `group`, `id`, `users`, then the fields of the earlier entry as they were.
public struct ReplayEntry: Sendable {
    /// What the field `type` says.
    public static let type = "replay"

    /// The group of services that is to handle it.
    public var group: String
    /// The id that the earlier entry had in the log: a message keeps it.
    public var id: MessageID
    /// The only users that it concerns; empty for all.
    public var users: [String]
    /// The earlier entry's fields.
    public var fields: StreamFields

    /// An entry of its parts.
    public init(group: String, id: MessageID, users: [String], fields: StreamFields) {
        self.group = group
        self.id = id
        self.users = users
        self.fields = fields
    }

    /// Reads a stream entry's fields; nil for an entry that is no replay.
    /// - Throws: ``MessagingError`` `badEntry`, naming the field.
    public init?(fields: StreamFields) throws(MessagingError) {
        guard let type = fields.value("type", at: 0), type.elementsEqual(Self.type.utf8) else { return nil }
        guard let id = MessageID(try fields.text("id", at: 2)) else {
            throw MessagingError(.badEntry, "the replay's field 'id' is no entry's id")
        }
        self.init(
            group: try fields.text("group", at: 1), id: id,
            users: try fields.text("users", at: 3).split(separator: " ").map(String.init), fields: fields.dropFirst(4))
    }

    /// The fields for XADD: name, value, name, value …
    public var parts: [[UInt8]] {
        [
            Array("type".utf8), Array(Self.type.utf8), Array("group".utf8), Array(group.utf8),
            Array("id".utf8), Array(id.description.utf8),
            Array("users".utf8), Array(users.joined(separator: " ").utf8),
        ] + fields.pairs.flatMap { [$0.name, $0.value] }
    }
}
