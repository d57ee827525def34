/// An entry that a group of services could not handle and put aside, with what is known of why.
///
/// Stream fields in this order: `id`, `class`, `reason`, `tries`, `users`, then the fields of the entry as they were. The id of the dead letter itself is the
/// time at which it was put aside.
public struct DeadLetter: Sendable {
    /// What kind of fault kept it from being handled.
    public enum Class: String, Sendable, CaseIterable {
        /// It cannot be read: a field is missing or says something that cannot be.
        case unreadable
        /// The store refuses what it says.
        case refused
        /// It could not be delivered to some users, because their keys in Redis are broken.
        case recipient
        /// It could not be routed, because the keys of its group in Redis are broken, or no longer say who is to get it.
        case group
        /// It could not be appended to the log of its topic, because the keys of that are broken.
        case topic
        /// Its handler failed with something unexpected.
        case failed
    }

    /// The id that the entry has, or had, in its stream. A message's id.
    public var id: MessageID
    /// The kind of fault; nil for one that this version does not know.
    public var kind: Class?
    /// The fault in words.
    public var reason: String
    /// How often it was tried.
    public var tries: Int
    /// The users who did not get it; empty when nobody did, or when it is not for users.
    public var users: [String]
    /// The entry's fields.
    public var fields: StreamFields

    /// Reads a stream entry's fields.
    /// - Throws: ``MessagingError`` `badEntry`, naming the field.
    public init(fields: StreamFields) throws(MessagingError) {
        guard let id = MessageID(try fields.text("id", at: 0)) else {
            throw MessagingError(.badEntry, "the dead letter's field 'id' is no entry's id")
        }
        guard let tries = Int(try fields.text("tries", at: 3)) else {
            throw MessagingError(.badEntry, "the dead letter's field 'tries' is no number")
        }
        self.id = id
        kind = Class(rawValue: try fields.text("class", at: 1))
        reason = try fields.text("reason", at: 2)
        self.tries = tries
        users = try fields.text("users", at: 4).split(separator: " ").map(String.init)
        self.fields = fields.dropFirst(5)
    }
}
