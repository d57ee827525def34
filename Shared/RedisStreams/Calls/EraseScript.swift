public import Messaging

/// Removes what Redis keeps of a user, except for the marks: `revoked`, because tokens stay refused, and the last ids, so that nothing is delivered twice.
///
/// `Scripts/erase.lua`; keys: the user's marks, inbox, devices, presence, contacts, groups, feeds and closes (one slot). Atomic, because a delivery between removing the inbox
/// and moving the mark could bring back what is older.
public enum EraseScript {
    /// The call. `entry`: the entry of the partition's log that says so.
    public static func command(keys: Keys, user: String, partition: Int, entry: MessageID) -> RedisCommand {
        RedisCommand(
            script: .erase,
            keys: [
                keys.marks(user), keys.inbox(user), keys.devices(user), keys.presence(user), keys.contacts(user),
                keys.groups(user), keys.feeds(user), keys.closes(user),
            ],
            arguments: [.integer(Int64(partition)), entry.argument])
    }

    /// How many keys there were.
    public static func reply(_ value: RedisValue) throws(RedisError) -> Int { Int(try value.number("erase")) }
}
