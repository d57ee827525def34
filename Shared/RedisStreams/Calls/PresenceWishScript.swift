public import Messaging

/// Sets down what a user wants to be seen as.
///
/// `Scripts/presence_wish.lua`; keys: the user's presence and watchers (one slot). Atomic, because what others see follows from the wish and from the
/// user's status, which ``PresenceSettleScript`` changes.
public enum PresenceWishScript {
    /// What holds now.
    public struct Reply: Hashable, Sendable {
        public var isChanged: Bool
        public var view: PresenceView
        /// Incarnations of edges on which somebody watches the user; they may be dead.
        public var watchers: [String]
    }

    /// The call. `text`: the user's own words, empty for none.
    public static func command(keys: Keys, user: String, mode: PresenceView.Mode, text: String) -> RedisCommand {
        RedisCommand(
            script: .presenceWish, keys: [keys.presence(user), keys.watchers(user)],
            arguments: [.text(mode.rawValue), .text(text)])
    }

    /// Reads the reply.
    public static func reply(_ value: RedisValue) throws(RedisError) -> Reply {
        let parts = try value.elements("presence_wish", atLeast: 1 + PresenceView.replyLength)
        return Reply(
            isChanged: try parts[0].number("presence_wish") == 1,
            view: try PresenceView(parts, at: 1, "presence_wish"),
            watchers: parts[(1 + PresenceView.replyLength)...].compactMap(\.string))
    }
}
