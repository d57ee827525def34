public import Messaging

/// Looks where a user's sessions are, and writes down whether that is where the ring says: for a router that computes it and was told that it is wrong.
///
/// `Scripts/place.lua`; keys: the user's sessions and marks (one slot). Atomic, because a session that registers meanwhile must either be among those
/// seen, or write down itself where it is.
public enum PlaceScript {
    /// What was found.
    public struct Reply: Hashable, Sendable {
        /// The last id that the inbox ever gave.
        public var last: MessageID
        /// Where the sessions are: each once, without those given as dead.
        public var incarnations: [String]
    }

    /// The call.
    /// - Parameters:
    ///   - home: the edge that the ring says; nil when it says none.
    ///   - dead: incarnations whose sessions count for nothing.
    public static func command(keys: Keys, user: String, home: String?, dead: [String] = []) -> RedisCommand {
        RedisCommand(
            script: .place, keys: [keys.sessions(user), keys.marks(user)],
            arguments: [.text(home ?? "")] + dead.map { .text($0) })
    }

    /// Reads the reply.
    public static func reply(_ value: RedisValue) throws(RedisError) -> Reply {
        let parts = try value.elements("place")
        return Reply(last: try parts[0].id("place"), incarnations: parts[1...].compactMap(\.string))
    }
}
