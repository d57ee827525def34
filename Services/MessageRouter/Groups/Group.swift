import Messaging
import RedisStreams

/// A group as it stands in Redis.
struct Group: Sendable, Equatable {
    var name: String
    /// The id of the last membership change applied.
    var version: MessageID
    var isDeleted: Bool
    var members: Set<String>

    /// Whether clients may know of it.
    var exists: Bool { !isDeleted }
}

/// Reads groups from Redis.
struct GroupReader: Sendable {
    let redis: RedisConnection
    let keys: Keys
    /// The timeline of Redis to read on; nil for any.
    var timeline: String?

    /// The groups of these ids; those that never were are left out.
    func groups(_ ids: [String]) async throws(RedisError) -> [String: Group] {
        var groups: [String: Group] = [:]
        for (id, result) in await results(ids) { groups[id] = try result.get() }
        return groups
    }

    /// The groups of these ids, each by itself: the keys of one may be broken. Nil for one that never was.
    func results(_ ids: [String]) async -> [String: Result<Group?, RedisError>] {
        // The version first: should a change be applied in between, it is known by an older version, and applying it once more gives the same members.
        let commands = ids.flatMap { id in
            [
                RedisCommand("HMGET", .text(keys.group(id)), "version", "deleted", "name"),
                RedisCommand("SMEMBERS", .text(keys.members(id))),
            ]
        }
        let replies = await redis.execute(commands, on: timeline)
        var groups: [String: Result<Group?, RedisError>] = [:]
        for (place, id) in ids.enumerated() {
            groups[id] = Result { () throws(RedisError) in
                try Self.group(replies[place * 2].get(), members: replies[place * 2 + 1].get())
            }
        }
        return groups
    }

    private static func group(_ head: RedisValue, members: RedisValue) -> Group? {
        let head = head.array ?? []
        guard head.count == 3, let version = head[0].data.flatMap({ MessageID(utf8: $0) }) else { return nil }
        return Group(
            name: head[2].string ?? "", version: version, isDeleted: head[1].string == "1",
            members: Set((members.array ?? []).compactMap(\.string)))
    }

    /// The group of this id, if it ever was.
    func group(_ id: String) async throws(RedisError) -> Group? { try await groups([id])[id] }

    /// The version of a group; `0-0` for one that never was.
    func version(_ id: String) async throws(RedisError) -> MessageID {
        try await redis.execute(RedisCommand("HGET", .text(keys.group(id)), "version"))
            .data.flatMap { MessageID(utf8: $0) } ?? .zero
    }
}
