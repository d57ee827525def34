public import Messaging

/// Notes that a user has a direct conversation with another.
///
/// `Scripts/note_contact.lua`; keys: the user's contacts and marks (one slot). Atomic, because adding and keeping to the bound must be one step. What was noted least lately goes first.
public enum NoteContactScript {
    /// The most contacts of a user that are kept.
    public static let limit = 10_000

    /// The call.
    public static func command(keys: Keys, user: String, contact: String, limit: Int = limit) -> RedisCommand {
        RedisCommand(
            script: .noteContact, keys: [keys.contacts(user), keys.marks(user)],
            arguments: [.text(contact), .integer(Int64(limit))])
    }
}

/// Notes that a user comes into a group, or has left it, unless something newer is noted.
///
/// `Scripts/note_group.lua`; keys: the user's groups and marks (one slot). Atomic, because comparing and writing must be one step: whoever comes late must not take away what a newer
/// change has brought.
public enum NoteGroupScript {
    /// The call. `change`: the id of the membership change.
    public static func command(keys: Keys, user: String, group: String, change: MessageID, isIn: Bool) -> RedisCommand {
        RedisCommand(
            script: .noteGroup, keys: [keys.groups(user), keys.marks(user)],
            arguments: [.text(group), change.argument, isIn ? 1 : 0])
    }
}
