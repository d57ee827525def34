public import Messaging

/// Where a user's sessions are, without delivering anything: HVALS of the user's sessions.
public enum SessionsQuery {
    /// The call.
    public static func command(keys: Keys, user: String) -> RedisCommand {
        RedisCommand("HVALS", .text(keys.sessions(user)))
    }

    /// The incarnations, each once; they may be of edges that are dead.
    public static func reply(_ value: RedisValue) throws(RedisError) -> [String] {
        var incarnations: [String] = []
        for session in try value.elements("HVALS sessions", atLeast: 0) {
            let incarnation = String(try session.text("HVALS sessions").prefix { $0 != " " })
            if !incarnations.contains(incarnation) { incarnations.append(incarnation) }
        }
        return incarnations
    }
}
