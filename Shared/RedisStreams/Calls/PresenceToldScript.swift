public import Messaging

/// Forgets changes of a user's status that are in the stream of transitions now.
///
/// `Scripts/presence_told.lua`; key: the user's presence. Atomic, because another change may be noted meanwhile.
public enum PresenceToldScript {
    /// The call. `changes`: as ``PresenceSettleScript/News/untold`` has them.
    public static func command(keys: Keys, user: String, changes: [String]) -> RedisCommand {
        RedisCommand(script: .presenceTold, keys: [keys.presence(user)], arguments: changes.map { .text($0) })
    }
}
