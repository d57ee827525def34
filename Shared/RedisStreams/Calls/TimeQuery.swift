/// What time it is by Redis' clock: TIME.
public enum TimeQuery {
    /// The call.
    public static var command: RedisCommand { RedisCommand("TIME") }

    /// The time since the epoch, exact to the microsecond.
    public static func reply(_ value: RedisValue) throws(RedisError) -> Duration {
        let parts = try value.elements("TIME", atLeast: 2)
        return try .seconds(parts[0].number("TIME")) + .microseconds(parts[1].number("TIME"))
    }

    /// The same in whole milliseconds, as in ids.
    public static func milliseconds(_ value: RedisValue) throws(RedisError) -> Int64 {
        let parts = try value.elements("TIME", atLeast: 2)
        return try parts[0].number("TIME") * 1000 + parts[1].number("TIME") / 1000
    }
}
