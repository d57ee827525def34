import Messaging
import RedisBench
import RedisStreams
import TestStack
import Testing

/// The command itself, as an operator runs it, against a real Redis.
@Suite struct DeadLettersCommandTests {
    private let keys = Keys()

    private func run(
        _ server: RedisServer, _ arguments: String..., prefix: String = "sb:"
    ) async throws -> (code: Int32, output: String) {
        var launch = ChildProcess.Launch(try Programs.own("switchboard-admin"), ["dead-letters"] + arguments)
        launch.environment = ["REDIS_URL": server.url, "KEY_PREFIX": prefix, "ALL": "true", "LIMIT": "1"]
        return try await ChildProcess.run("switchboard-admin", launch, within: .seconds(60))
    }

    /// Appends entries to the log and puts them aside. Returns their ids.
    private func putAside(
        _ redis: RedisConnection, _ count: Int, group: String = "router", users: [String] = ["bob"]
    ) async throws -> [MessageID] {
        let dead = DeadLetters(group: group, stream: .log, redis: redis, keys: keys, logger: quiet)
        var ids: [MessageID] = []
        for number in 1...count {
            let entry = LogEntry(
                kind: .message, conversation: .direct("alice", "bob"), from: "alice", device: "phone", n: 1,
                data: Array("\"secret \(number)\"".utf8))
            let reply = try await redis.execute(.append(to: keys.log(3), fields: entry.fields))
            ids.append(try #require(reply.string.flatMap { MessageID($0) }))
        }
        try await dead.put(
            ids.map { .init(id: $0, kind: .recipient, reason: "WRONGTYPE", tries: 5, users: users) }, partition: 3)
        return ids
    }

    private func length(_ key: String, _ redis: RedisConnection) async throws -> Int64? {
        try await redis.execute(RedisCommand("XLEN", .text(key))).int
    }

    @Test func theyAreListedAndShownWithoutWhatUsersWrote() async throws {
        try await withRedis { redis, server in
            let ids = try await putAside(redis, 3)
            let list = try await run(server, "list")
            #expect(list.code == 0)
            for id in ids { #expect(list.output.contains(id.description)) }
            #expect(list.output.contains("recipient") && list.output.contains("dm:alice:bob"))
            let two = try await run(server, "list", "--limit", "2")
            #expect(two.output.contains("there are more") && !two.output.contains(ids[2].description))
            let shown = try await run(server, "show", "--id", ids[1].description)
            #expect(shown.code == 0 && shown.output.contains("WRONGTYPE") && shown.output.contains("5 tries"))
            #expect(!shown.output.contains("secret") && !shown.output.contains(ids[0].description))
            let body = try await run(server, "show", "--id", ids[1].description, "--body")
            #expect(body.output.contains("\"secret 2\""))
            let json = try await run(server, "list", "--json")
            let line = try #require(json.output.split(separator: "\n").first)
            #expect(line.contains(#""users":["bob"]"#) && line.contains(#""class":"recipient""#))
            #expect(!json.output.contains("secret"))
        }
    }

    @Test func whatIsReplayedIsInTheLogInItsOrderAndGoneHere() async throws {
        try await withRedis { redis, server in
            let ids = try await putAside(redis, 3)
            let before = try await length(keys.log(3), redis)
            let dry = try await run(server, "replay", "--all", "--dry-run")
            #expect(dry.code == 0 && dry.output.contains("would replay \(ids[0])"))
            #expect(try await length(keys.log(3), redis) == before)
            #expect(try await length(keys.deadLetters(3, group: "router"), redis) == 3)
            let replayed = try await run(server, "replay", "--all", "--group", "router")
            #expect(replayed.code == 0 && replayed.output.contains("3 replayed"))
            let entries = try await redis.execute(RedisCommand("XRANGE", .text(keys.log(3)), "-", "+")).array ?? []
            let replays = try entries.compactMap { entry in
                try ReplayEntry(fields: StreamFields((entry.array?[1].array ?? []).map { $0.data ?? [] }))
            }
            #expect(replays.map(\.id) == ids)
            #expect(replays.allSatisfy { $0.users == ["bob"] && $0.group == "router" })
            #expect(try await length(keys.deadLetters(3, group: "router"), redis) == 0)
            #expect(try await run(server, "replay", "--all").code == 1)
        }
    }

    @Test func aSessionEventIsAppendedAgainAsItWas() async throws {
        try await withRedis { redis, server in
            let event = SessionEvent(
                kind: .connect, user: "bob", device: "d", session: "s", incarnation: "e1:x", sequence: 1)
            let id = try #require(
                try await redis.execute(.append(to: keys.sessionEvents(2), fields: event.fields)).string
                    .flatMap { MessageID($0) })
            let dead = DeadLetters(group: "presence", stream: .sessionEvents, redis: redis, keys: keys, logger: quiet)
            try await dead.put([.init(id: id, kind: .failed, reason: "r")], partition: 2)
            #expect(try await run(server, "replay", "--id", id.description).code == 0)
            let last = try await redis.entries(keys.sessionEvents(2), "user")
            #expect(last.map { String(decoding: $0.value, as: UTF8.self) } == ["bob", "bob"])
        }
    }

    @Test func onlyWhatIsNamedIsDropped() async throws {
        try await withRedis { redis, server in
            let ids = try await putAside(redis, 3)
            #expect(try await run(server, "drop").code == 64)
            let dropped = try await run(server, "drop", "--id", "\(ids[0]),\(ids[2])")
            #expect(dropped.code == 0 && dropped.output.contains("2 dropped"))
            let left = try await redis.entries(keys.deadLetters(3, group: "router"), "id")
            #expect(left.map { String(decoding: $0.value, as: UTF8.self) } == [ids[1].description])
            #expect(try await run(server, "drop", "--all", "--group", "history").code == 1)
            #expect(try await run(server, "drop", "--all", "--to", "1").code == 1)
        }
    }

    @Test func whatIsWrongIsSaidWithTheRemedy() async throws {
        try await withRedis { redis, server in
            let other = try await run(server, "list", prefix: "other:")
            #expect(other.code == 64 && other.output.contains("KEY_PREFIX"))
            let partition = try await run(server, "list", "--partition", "16")
            #expect(partition.code == 64 && partition.output.contains("0 to 15"))
            let flag = try await run(server, "list", "--gruop", "router")
            #expect(flag.code == 64 && flag.output.contains("--group"))
        }
        let gone = try await RedisServer.start()
        try await gone.kill()
        let answer = try await run(gone, "list")
        #expect(answer.code == 2 && answer.output.contains("REDIS_URL"))
    }
}
