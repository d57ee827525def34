public import Messaging

/// Says when users are to be looked at next, and which have been looked at.
///
/// `Scripts/presence_schedule.lua`; key: the partition's grace set. Atomic, because a look that was made is taken away only if it is still the one asked for:
/// an event that came meanwhile has set another time.
public enum PresenceScheduleScript {
    /// One user's next look.
    public struct Item: Hashable, Sendable {
        public var user: String
        /// When, from now; nil for not at all.
        public var again: Duration?
        /// The due time (ms) of the look that was made, if it was one of ``PresenceDueScript``; else 0.
        public var handled: Int64

        /// An item of its parts.
        public init(user: String, again: Duration?, handled: Int64 = 0) {
            self.user = user
            self.again = again
            self.handled = handled
        }
    }

    /// The call.
    public static func command(keys: Keys, partition: Int, items: [Item]) -> RedisCommand {
        RedisCommand(
            script: .presenceSchedule, keys: [keys.grace(partition)],
            arguments: items.flatMap { item in
                [.text(item.user), item.again?.argument ?? -1, .integer(item.handled)] as [RedisArgument]
            })
    }

    /// How many users of the partition are to be looked at.
    public static func reply(_ value: RedisValue) throws(RedisError) -> Int {
        Int(try value.number("presence_schedule"))
    }
}
