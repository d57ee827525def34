public import Messaging

/// The users of a partition who are to be looked at by now.
///
/// `Scripts/presence_due.lua`; key: the partition's grace set. A script because "now" is Redis' clock. It takes nothing away: that is done by
/// ``PresenceScheduleScript`` after the look, so a look that a crash prevents is made by the next owner.
public enum PresenceDueScript {
    /// A user and the time at which the look was due.
    public struct Due: Hashable, Sendable {
        public var user: String
        /// In ms.
        public var time: Int64

        /// A due look of its parts.
        public init(user: String, time: Int64) {
            self.user = user
            self.time = time
        }
    }

    /// The call: at most `limit` users, the longest due first.
    public static func command(keys: Keys, partition: Int, limit: Int = 500) -> RedisCommand {
        RedisCommand(script: .presenceDue, keys: [keys.grace(partition)], arguments: [.integer(Int64(limit))])
    }

    /// Reads the reply.
    public static func reply(_ value: RedisValue) throws(RedisError) -> [Due] {
        let parts = try value.elements("presence_due", atLeast: 0)
        var due: [Due] = []
        for place in stride(from: 0, to: parts.count - 1, by: 2) {
            due.append(
                Due(user: try parts[place].text("presence_due"), time: try parts[place + 1].number("presence_due")))
        }
        return due
    }
}
