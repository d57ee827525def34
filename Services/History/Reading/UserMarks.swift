import Messaging
import RedisStreams

/// Up to where a user has been told of what was said, as Redis knows it: everything in their inbox, and so what they said themselves, on any device.
struct UserMarks: Sendable {
    let redis: RedisConnection
    let keys: Keys

    /// The last message of each partition, or of the one, that was delivered to the user.
    func told(_ user: String, in partition: Int?) async throws(RedisError) -> LogPositions {
        var told = LogPositions()
        let key = RedisArgument.text(keys.marks(user))
        if let partition {
            let reply = try await redis.execute(RedisCommand("HGET", key, .text("\(partition)")))
            if let id = reply.string.flatMap({ MessageID($0) }) { told.raise(partition, to: StoredID(clamping: id)) }
            return told
        }
        let fields = try await redis.execute(RedisCommand("HGETALL", key)).array ?? []
        for place in stride(from: 0, to: fields.count - 1, by: 2) {
            // The hash has other things besides, under names that are no numbers.
            guard let partition = fields[place].int, let id = fields[place + 1].string.flatMap({ MessageID($0) })
            else { continue }
            told.raise(Int(partition), to: StoredID(clamping: id))
        }
        return told
    }
}
