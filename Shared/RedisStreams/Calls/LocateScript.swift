public import Messaging

/// Where a user is, without delivering anything, for a router that computes it: the sessions only if they are not all where the ring says.
///
/// `Scripts/locate.lua`; keys: the user's sessions and marks (one slot). Atomic, because ``RegisterScript`` and ``PlaceScript`` change both.
public enum LocateScript {
    /// The call.
    public static func command(keys: Keys, user: String) -> RedisCommand {
        RedisCommand(script: .locate, keys: [keys.sessions(user), keys.marks(user)], arguments: [])
    }

    /// Reads the reply.
    public static func reply(_ value: RedisValue) throws(RedisError) -> Whereabouts {
        Whereabouts(try value.elements("locate", atLeast: 0).compactMap(\.string), asked: .ring)
    }
}
