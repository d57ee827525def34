import Messaging
import RedisBench
import RedisStreams
import ServiceRuntime
import Testing

@testable import Presence

/// Who may see whose presence, against a real Redis.
@Suite struct GateTests {
    private func closed(
        _ bench: PresenceBench, to user: String, scopes: Set<String> = [], of users: [String],
        _ policy: PresencePolicy = .members
    ) async throws -> Set<String> {
        try await PresenceGate(policy: policy, redis: bench.redis, keys: bench.keys)
            .closed(to: Caller(user: user, scopes: scopes), of: users)
    }

    private func talk(_ bench: PresenceBench, _ one: String, _ other: String) async throws {
        for (user, contact) in [(one, other), (other, one)] {
            _ = try await bench.redis.execute(
                NoteContactScript.command(keys: bench.keys, user: user, contact: contact))
        }
    }

    private func join(_ bench: PresenceBench, _ group: String, _ members: [String], version: UInt64 = 1) async throws {
        let id = MessageID(milliseconds: version, sequence: 0)
        for user in members {
            _ = try await bench.redis.execute(
                NoteGroupScript.command(keys: bench.keys, user: user, group: group, change: id, isIn: true))
        }
        let change = MembershipChange(operation: .replace, name: group, members: members)
        _ = try await bench.redis.execute(
            ApplyMembershipScript.command(keys: bench.keys, group: group, version: id, change: change))
    }

    @Test func aConversationInCommonOpens() async throws {
        try await PresenceBench.with { bench in
            try await talk(bench, "alice", "bob")
            try await join(bench, "team", ["alice", "carol"])
            try await join(bench, "others", ["dave", "eve"])
            let asked = ["alice", "bob", "carol", "dave", "nobody"]
            #expect(try await closed(bench, to: "alice", of: asked) == ["dave", "nobody"])
            #expect(try await closed(bench, to: "bob", of: asked) == ["carol", "dave", "nobody"])
            #expect(try await closed(bench, to: "carol", of: asked) == ["bob", "dave", "nobody"])
            #expect(try await closed(bench, to: "alice", scopes: ["admin"], of: asked).isEmpty)
            #expect(try await closed(bench, to: "eve", of: asked, .everyone).isEmpty)
            #expect(try await closed(bench, to: "alice", of: asked, .nobody) == ["bob", "carol", "dave", "nobody"])
        }
    }

    @Test func whoHasLeftIsSeenNoMoreHoweverLittleWasNoted() async throws {
        try await PresenceBench.with { bench in
            try await join(bench, "team", ["alice", "carol"])
            // The members changed, and what was noted with the users did not.
            let change = MembershipChange(operation: .remove, members: ["carol"])
            _ = try await bench.redis.execute(
                ApplyMembershipScript.command(
                    keys: bench.keys, group: "team", version: MessageID(milliseconds: 2, sequence: 0), change: change))
            #expect(try await closed(bench, to: "alice", of: ["carol"]) == ["carol"])
            #expect(try await closed(bench, to: "carol", of: ["alice"]) == ["alice"])
        }
    }

    @Test func manyGroupsAreAskedUntilNobodyIsLeft() async throws {
        try await PresenceBench.with { bench in
            for number in 0..<120 { try await join(bench, "g\(number)", ["alice", "u\(number)"]) }
            #expect(try await closed(bench, to: "alice", of: (0..<121).map { "u\($0)" }) == ["u120"])
        }
    }

    @Test func brokenKeysOpenNothing() async throws {
        try await PresenceBench.with { bench in
            try await join(bench, "team", ["alice", "carol"])
            for key in [bench.keys.contacts("alice"), bench.keys.members("team")] {
                _ = try await bench.redis.execute(RedisCommand("SET", .text(key), "broken"))
            }
            #expect(try await closed(bench, to: "alice", of: ["bob", "carol"]) == ["bob", "carol"])
        }
    }

    @Test func contactsAreBoundedAndTheLatestStay() async throws {
        try await PresenceBench.with { bench in
            for number in 0..<8 {
                _ = try await bench.redis.execute(
                    NoteContactScript.command(keys: bench.keys, user: "alice", contact: "u\(number)", limit: 5))
            }
            let contacts = try await bench.redis.texts("ZRANGE", .text(bench.keys.contacts("alice")), 0, -1)
            #expect(contacts.count == 5 && contacts.contains("u7"))
        }
    }

    @Test func aLateNoteTakesNothingAway() async throws {
        try await PresenceBench.with { bench in
            func note(_ version: UInt64, _ isIn: Bool) async throws {
                _ = try await bench.redis.execute(
                    NoteGroupScript.command(
                        keys: bench.keys, user: "alice", group: "team",
                        change: MessageID(milliseconds: version, sequence: 0), isIn: isIn))
            }
            try await note(3, true)
            try await note(2, false)
            #expect(try await bench.redis.texts("HKEYS", .text(bench.keys.groups("alice"))) == ["team"])
            try await note(4, false)
            #expect(try await bench.redis.texts("HKEYS", .text(bench.keys.groups("alice"))).isEmpty)
        }
    }
}
