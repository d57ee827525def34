import Messaging
import RedisBench
import RedisStreams
import Testing

@Suite struct ApplyMembershipScriptTests {
    private let keys = Keys()

    private func apply(
        _ redis: RedisConnection, _ version: UInt64, _ operation: MembershipChange.Operation, _ members: [String] = [],
        limit: Int = 1000
    ) async throws -> ApplyMembershipScript.Reply {
        let change = MembershipChange(
            operation: operation, name: operation == .replace ? "Team" : nil, members: members)
        return try ApplyMembershipScript.reply(
            await redis.execute(
                ApplyMembershipScript.command(
                    keys: keys, group: "g", version: id(version), change: change, limit: limit)))
    }

    private func members(_ redis: RedisConnection) async throws -> [String] {
        try await redis.texts("SMEMBERS", .text(keys.members("g")))
    }

    @Test func changesAreAppliedInOrderAndOlderOrEqualOnesAreIgnored() async throws {
        try await withRedis { redis, _ async throws in
            #expect(try await apply(redis, 10, .replace, ["a", "b"]) == .applied(members: 2))
            #expect(try await apply(redis, 12, .add, ["c"]) == .applied(members: 3))
            #expect(try await apply(redis, 12, .remove, ["c"]) == .outdated(version: id(12)))
            #expect(try await apply(redis, 11, .remove, ["a"]) == .outdated(version: id(12)))
            #expect(try await apply(redis, 9, .delete) == .outdated(version: id(12)))
            #expect(try await members(redis) == ["a", "b", "c"])
            #expect(try await apply(redis, 13, .remove, ["a", "x"]) == .applied(members: 2))
            #expect(try await members(redis) == ["b", "c"])
        }
    }

    @Test func versionsAreComparedAsNumbers() async throws {
        try await withRedis { redis, _ async throws in
            _ = try await apply(redis, 9, .replace, ["a"])
            #expect(try await apply(redis, 10, .add, ["b"]) == .applied(members: 2))
        }
    }

    @Test func aThousandMembersAreTakenAndOneMoreIsRefusedAsAWhole() async throws {
        try await withRedis { redis, _ async throws in
            let users = (0..<1000).map { "u\($0)" }
            #expect(try await apply(redis, 1, .replace, users) == .applied(members: 1000))
            #expect(try await apply(redis, 2, .add, ["u0", "one-more"]) == .full(members: 1000))
            #expect(try await apply(redis, 3, .add, ["u0"]) == .applied(members: 1000))
            #expect(try await apply(redis, 4, .replace, users + ["one-more"]) == .full(members: 1000))
            let version = try await redis.execute(RedisCommand("HGET", .text(keys.group("g")), "version"))
            #expect(version.string == "4-0")
        }
    }

    @Test func aDeletedGroupIsNotBroughtBackByAChangeThatWasOnItsWay() async throws {
        try await withRedis { redis, _ async throws in
            _ = try await apply(redis, 1, .replace, ["a"])
            #expect(try await apply(redis, 2, .delete) == .applied(members: 0))
            #expect(try await apply(redis, 3, .add, ["b"]) == .unknown)
            #expect(try await apply(redis, 1, .replace, ["a"]) == .outdated(version: id(3)))
            #expect(try await members(redis).isEmpty)
            let life = try await redis.execute(RedisCommand("PTTL", .text(keys.group("g"))))
            #expect(life.int ?? 0 > 0)
            #expect(try await apply(redis, 4, .replace, ["c"]) == .applied(members: 1))
            #expect(try await redis.execute(RedisCommand("PTTL", .text(keys.group("g")))).int == -1)
            let group = try await redis.execute(
                RedisCommand("HMGET", .text(keys.group("g")), "name", "deleted", "version"))
            #expect(group.array?.map(\.string) == ["Team", "0", "4-0"])
        }
    }

    @Test func aChangeOfAGroupThatNeverWasMakesNone() async throws {
        try await withRedis { redis, _ async throws in
            #expect(try await apply(redis, 5, .add, ["a"]) == .unknown)
            #expect(
                try await redis.execute(RedisCommand("EXISTS", .text(keys.group("g")), .text(keys.members("g"))))
                    == .integer(0))
        }
    }
}
