public import Messaging

/// Notes for all services that a user's tokens issued before now are to be refused: the first of the two steps of a revocation.
///
/// `Scripts/note_revocation.lua`; key: `revocations`. Atomic, because each note's time must be later than that of the one before: followers read on
/// after the last that they have seen, see ``RevocationBook``.
public enum NoteRevocationScript {
    /// How many users are noted at most: what every service can keep in memory.
    public static let limit = 100_000

    /// The call. `lifetimeLimit`: how long a token may live; older notes are dropped.
    public static func command(
        keys: Keys, user: String, lifetimeLimit: Duration, limit: Int = limit
    ) -> RedisCommand {
        RedisCommand(
            script: .noteRevocation, keys: [keys.revocations],
            arguments: [.text(user), lifetimeLimit.argument, .integer(Int64(limit))])
    }

    /// The time (ms) before which tokens are refused; nil when too many users are noted.
    public static func reply(_ value: RedisValue) throws(RedisError) -> Int64? {
        guard value != .null else { return nil }
        guard let time = Int64(try value.text("note_revocation")) else { throw .unexpectedReply("note_revocation") }
        return time
    }
}

/// Refuses a user's tokens issued before a time, for sessions, and says where the user has some: the second step of a revocation.
///
/// `Scripts/revoke.lua`; keys: the user's sessions and marks (one slot). Atomic, because it must be one step against ``RegisterScript``: a session is either
/// among those it names, or refused when it registers.
public enum RevokeScript {
    /// What became of it.
    public struct Reply: Hashable, Sendable {
        /// Tokens issued before this (ms) are refused.
        public var before: Int64
        /// How many sessions the user has, dead edges' among them.
        public var sessions: Int
        /// The incarnations that they are registered under, each once.
        public var incarnations: [String]
    }

    /// The call. The time only ever grows.
    public static func command(keys: Keys, user: String, before: Int64) -> RedisCommand {
        RedisCommand(
            script: .revoke, keys: [keys.sessions(user), keys.marks(user)], arguments: [.integer(before)])
    }

    /// Reads the reply.
    public static func reply(_ value: RedisValue) throws(RedisError) -> Reply {
        let parts = try value.elements("revoke", atLeast: 2)
        guard let before = Int64(try parts[0].text("revoke")) else { throw .unexpectedReply("revoke") }
        var incarnations: [String] = []
        for part in parts.dropFirst(2) { incarnations.append(try part.text("revoke")) }
        return Reply(before: before, sessions: Int(try parts[1].number("revoke")), incarnations: incarnations)
    }
}

/// What a session has to compare with now and then: HMGET of the user's marks.
public enum StandingQuery {
    /// What stands in Redis.
    public struct Reply: Hashable, Sendable {
        /// The last id that the user's inbox ever gave; `0-0` when nothing was ever delivered.
        public var last: MessageID
        /// Tokens issued before this (ms) are refused; nil when the user's sessions were never ended.
        public var revoked: Int64?
    }

    /// The call.
    public static func command(keys: Keys, user: String) -> RedisCommand {
        RedisCommand("HMGET", .text(keys.marks(user)), "last", "revoked")
    }

    /// Reads the reply.
    public static func reply(_ value: RedisValue) throws(RedisError) -> Reply {
        let parts = try value.elements("HMGET marks", atLeast: 2)
        return Reply(last: parts[0] == .null ? .zero : try parts[0].id("HMGET marks"), revoked: parts[1].int)
    }
}
