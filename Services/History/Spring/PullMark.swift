import Messaging
import RedisStreams

/// Up to where a user was told by `POST /wsTemplate/pullUnreadMessage`, kept in Redis with the user's other marks.
struct PullMark: Equatable, Sendable {
    /// Up to and with this message.
    var id: StoredID
    /// Whether a device of the user was known then: what came later comes to that one by itself.
    var hasDevice: Bool

    private static let field = "pulled"

    /// What is known of a user: the mark, if there ever was one, and whether a device is known now.
    static func read(
        _ user: String, redis: RedisConnection, keys: Keys
    ) async throws(RedisError) -> (mark: PullMark?, hasDevice: Bool) {
        let replies = await redis.execute([
            RedisCommand("HGET", .text(keys.marks(user)), .text(field)),
            RedisCommand("EXISTS", .text(keys.devices(user))),
        ])
        return (try replies[0].get().string.flatMap { PullMark($0) }, try replies[1].get().int == 1)
    }

    func write(_ user: String, redis: RedisConnection, keys: Keys) async throws(RedisError) {
        _ = try await redis.execute(
            RedisCommand("HSET", .text(keys.marks(user)), .text(Self.field), .text(description)))
    }

    init(id: StoredID, hasDevice: Bool) {
        self.id = id
        self.hasDevice = hasDevice
    }

    /// `<id> <0 or 1>`; nil when it is not that.
    init?(_ text: String) {
        let parts = text.split(separator: " ")
        guard parts.count == 2, let id = MessageID(parts[0]) else { return nil }
        self.init(id: StoredID(clamping: id), hasDevice: parts[1] == "1")
    }

    var description: String { "\(id.id) \(hasDevice ? 1 : 0)" }
}
