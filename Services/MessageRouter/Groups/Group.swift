import Messaging
import RedisStreams

/// A group as it stands in Redis.
struct Group: Sendable, Equatable {
    var name: String
    /// The id of the last membership change applied.
    var version: MessageID
    var isDeleted: Bool
    /// Of a large group only where they were asked for.
    var members: Set<String>
    /// Whether its messages go into a log of its own.
    var isLarge = false
    /// The last change by which somebody left it, while it is large.
    var departed: MessageID?

    /// Whether clients may know of it.
    var exists: Bool { !isDeleted }
}

/// Reads groups from Redis.
struct GroupReader: Sendable {
    let redis: RedisConnection
    let keys: Keys
    /// The timeline of Redis to read on; nil for any.
    var timeline: String?

    /// The groups of these ids, large ones without their members; those that never were are left out.
    func groups(_ ids: [String]) async throws(RedisError) -> [String: Group] {
        var groups: [String: Group] = [:]
        for (id, result) in await results(ids) { groups[id] = try result.get() }
        return groups
    }

    /// The groups of these ids, each by itself: the keys of one may be broken. Nil for one that never was. Large ones are without their members.
    func results(_ ids: [String]) async -> [String: Result<Group?, RedisError>] {
        // The head first: should a change be applied in between, it is known by an older version, and applying it once more gives the same members.
        let heads = await redis.execute(ids.map { Self.head(keys, $0) }, on: timeline)
        var groups: [String: Result<Group?, RedisError>] = [:]
        var small: [Group] = []
        var names: [String] = []
        for (id, reply) in zip(ids, heads) {
            let head = Result { () throws(RedisError) in Self.group(try reply.get()) }
            groups[id] = head
            if case .success(let group?) = head, !group.isLarge {
                small.append(group)
                names.append(id)
            }
        }
        guard !names.isEmpty else { return groups }
        // Unless it makes the group large: what was said before that is then kept from who came with it by the log's head, and not by their marks.
        let replies = await redis.execute(
            names.flatMap { [RedisCommand("SMEMBERS", .text(keys.members($0))), Self.head(keys, $0)] }, on: timeline)
        for (place, id) in names.enumerated() {
            groups[id] = Result { () throws(RedisError) in
                if let group = Self.group(try replies[place * 2 + 1].get()), group.isLarge { return group }
                var group = small[place]
                group.members = Set((try replies[place * 2].get().array ?? []).compactMap(\.string))
                return group
            }
        }
        return groups
    }

    private static func head(_ keys: Keys, _ id: String) -> RedisCommand {
        RedisCommand("HMGET", .text(keys.group(id)), "version", "deleted", "name", "large", "departed")
    }

    private static func group(_ head: RedisValue) -> Group? {
        let head = head.array ?? []
        guard head.count == 5, let version = head[0].data.flatMap({ MessageID(utf8: $0) }) else { return nil }
        return Group(
            name: head[2].string ?? "", version: version, isDeleted: head[1].string == "1", members: [],
            isLarge: head[3] != .null, departed: head[4].data.flatMap { MessageID(utf8: $0) })
    }

    // MARK: Large ones

    /// All members of a group, read in portions so that no step of Redis takes long. Who comes or goes meanwhile may be missing.
    func members(of id: String) async throws(RedisError) -> Set<String> {
        var members: Set<String> = []
        var cursor = "0"
        repeat {
            let reply = try await redis.execute(
                RedisCommand("SSCAN", .text(keys.members(id)), .text(cursor), "COUNT", 1000), on: timeline)
            guard let parts = reply.array, parts.count == 2, let next = parts[0].string else { break }
            members.formUnion((parts[1].array ?? []).compactMap(\.string))
            cursor = next
        } while cursor != "0"
        return members
    }

    /// How a group stands, and which of these users are members.
    func standing(_ id: String, of users: [String]) async throws(RedisError) -> GroupStanding? {
        let replies = await redis.execute(
            [
                Self.head(keys, id), RedisCommand("SCARD", .text(keys.members(id))),
                RedisCommand("SMISMEMBER", [.text(keys.members(id))] + users.map { .text($0) }),
            ], on: timeline)
        guard let group = Self.group(try replies[0].get()) else { return nil }
        let flags = try replies[2].get().array ?? []
        return GroupStanding(
            group: group, count: Int(try replies[1].get().int ?? 0),
            members: Set(zip(users, flags).lazy.filter { $0.1.int == 1 }.map(\.0)))
    }

    /// The group of this id, if it ever was.
    func group(_ id: String) async throws(RedisError) -> Group? { try await groups([id])[id] }

    /// The version of a group; `0-0` for one that never was.
    func version(_ id: String) async throws(RedisError) -> MessageID {
        try await redis.execute(RedisCommand("HGET", .text(keys.group(id)), "version"))
            .data.flatMap { MessageID(utf8: $0) } ?? .zero
    }
}
