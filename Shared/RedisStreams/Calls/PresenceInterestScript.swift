public import Messaging

/// Says that an edge wants to be told of changes of a user's presence, and reads the present one.
///
/// `Scripts/presence_interest.lua`; keys: the user's presence and watchers (one slot). Atomic against ``PresenceSettleScript`` and ``PresenceWishScript``: a
/// change is either in what is read, or told to the edge. To be called again before `lease` is over, which also shows what was missed.
public enum PresenceInterestScript {
    /// The call. `incarnation`: that of the edge, see ``Incarnation``.
    public static func command(keys: Keys, user: String, incarnation: String, lease: Duration) -> RedisCommand {
        RedisCommand(
            script: .presenceInterest, keys: [keys.presence(user), keys.watchers(user)],
            arguments: [.text(incarnation), lease.argument])
    }

    /// Reads the reply.
    public static func reply(_ value: RedisValue) throws(RedisError) -> PresenceView {
        try PresenceView(try value.elements("presence_interest"), at: 0, "presence_interest")
    }
}
