import Messaging
import RedisBench
import Synchronization
import TestStack
import Testing

@testable import RedisStreams

@Suite struct DeadLettersTests {
    private let keys = Keys()

    private func append(_ redis: RedisConnection, _ count: Int) async throws -> [MessageID] {
        try await redis.execute((0..<count).map { _ in .append(to: keys.log(1), fields: [[102], [118]]) })
            .map { try $0.get().id("XADD in a test") }
    }

    private func letters(_ redis: RedisConnection) async throws -> [DeadLetter] {
        try StreamEntry.entries(
            await redis.execute(RedisCommand("XRANGE", .text(keys.deadLetters(1, group: "router")), "-", "+"))
        ).map { try DeadLetter(fields: $0.fields) }
    }

    @Test func anEntryIsPutAsideOnceWithItsFieldsAndTheReason() async throws {
        try await withRedis { redis in
            let dead = DeadLetters(group: "router", stream: .log, redis: redis, keys: keys, logger: quiet)
            let ids = try await append(redis, 2)
            let item = DeadLetters.Item(id: ids[1], kind: .failed, reason: "broken", tries: 5)
            for _ in 1...2 { try await dead.put([item], partition: 1) }
            try await dead.put([.init(id: ids[0], kind: .unreadable, reason: "late")], partition: 1)
            let letters = try await letters(redis)
            #expect(letters.map(\.id) == [ids[1], ids[0]])
            #expect(letters[0].reason == "broken" && letters[0].kind == .failed && letters[0].tries == 5)
            #expect(letters[0].fields.value("f", at: 0) == [118])
            #expect(letters[0].users.isEmpty)
            #expect(try await dead.settled(ids, partition: 1) == [ids[0]: .whole, ids[1]: .whole])
        }
    }

    @Test func usersArePutAsideOnceEach() async throws {
        try await withRedis { redis in
            let dead = DeadLetters(group: "router", stream: .log, redis: redis, keys: keys, logger: quiet)
            let id = try await append(redis, 1)[0]
            for users in [["a", "ab"], ["a"], ["b", "a"]] {
                try await dead.put([.init(id: id, kind: .recipient, reason: "r", users: users)], partition: 1)
            }
            #expect(try await letters(redis).map(\.users) == [["a", "ab"], ["b"]])
            #expect(try await dead.settled([id], partition: 1) == [id: .users(["a", "ab", "b"])])
        }
    }

    @Test func whatThePositionHasPassedIsSettled() async throws {
        try await withRedis { redis in
            let dead = DeadLetters(group: "router", stream: .log, redis: redis, keys: keys, logger: quiet)
            let ids = try await append(redis, 2)
            _ = try await redis.execute(
                RedisCommand("HSET", .text(keys.position(1, group: "router")), "id", ids[0].argument))
            try await dead.put(ids.map { .init(id: $0, kind: .failed, reason: "r") }, partition: 1)
            #expect(try await letters(redis).map(\.id) == [ids[1]])
        }
    }

    @Test func whatIsReplayedIsAppendedWithItsOldIdAndLeavesTheDeadLetters() async throws {
        try await withRedis { redis in
            let dead = DeadLetters(group: "router", stream: .log, redis: redis, keys: keys, logger: quiet)
            let id = try await append(redis, 1)[0]
            try await dead.put([.init(id: id, kind: .recipient, reason: "r", users: ["a", "b"])], partition: 1)
            func entry(_ id: MessageID) async throws -> StreamEntry {
                try StreamEntry.entries(
                    await redis.execute(RedisCommand("XRANGE", .text(keys.log(1)), id.argument, id.argument)))[0]
            }
            func replay() async throws -> MessageID? {
                let letters = try StreamEntry.entries(
                    await redis.execute(RedisCommand("XRANGE", .text(keys.deadLetters(1, group: "router")), "-", "+")))
                return try ReplayDeadLetterScript.reply(
                    await redis.execute(
                        ReplayDeadLetterScript.command(
                            keys: keys, group: "router", stream: .log, partition: 1,
                            letter: letters.first?.id ?? .last)))
            }
            let first = try #require(try await replay())
            let entry1 = try #require(try ReplayEntry(fields: await entry(first).fields))
            #expect(entry1.group == "router" && entry1.id == id && entry1.users == ["a", "b"])
            #expect(entry1.fields.value("f", at: 0) == [118])
            #expect(try await letters(redis).isEmpty)
            #expect(try await replay() == nil)
            // It fails again: as what it was, not as a replay of a replay.
            try await dead.put([.init(id: first, kind: .failed, reason: "again")], partition: 1)
            let again = try await letters(redis)
            #expect(again.map(\.id) == [id] && again[0].users == ["a", "b"])
            #expect(again[0].fields.pairs.count == 1)
        }
    }

    @Test func deadLettersThatCannotBeWrittenAreAnOutageThatNamesTheKey() async throws {
        try await withRedis { redis in
            let dead = DeadLetters(group: "router", stream: .log, redis: redis, keys: keys, logger: quiet)
            let id = try await append(redis, 1)[0]
            let key = keys.deadLetters(1, group: "router")
            _ = try await redis.execute(RedisCommand("SET", .text(key), "x"))
            do throws(RedisError) {
                try await dead.put([.init(id: id, kind: .failed, reason: "r")], partition: 1)
                Issue.record("it was put nowhere")
            } catch {
                #expect(error.isOutage && error.description.contains(key))
            }
        }
    }

    @Test func anEntryOfVeryManyFieldsIsPutAsideToo() async throws {
        try await withRedis { redis in
            let dead = DeadLetters(group: "router", stream: .log, redis: redis, keys: keys, logger: quiet)
            let fields = Array(repeating: [UInt8(ascii: "x")], count: 20_000)
            let id = try await redis.execute(.append(to: keys.log(1), fields: fields)).id("XADD in a test")
            try await dead.put([.init(id: id, kind: .unreadable, reason: "r")], partition: 1)
            #expect(try await letters(redis).map(\.fields.pairs.count) == [1000])
        }
    }
}

/// A handler that refuses, and the consumer around it.
@Suite struct PoisonedEntryTests {
    private typealias Recorder = PartitionConsumerTests.Recorder
    private let keys = Keys()

    private func consumer(
        _ redis: RedisConnection, _ server: RedisServer, _ recorder: Recorder
    ) throws -> PartitionConsumer {
        var configuration = ConsumerConfiguration(
            group: "router", instance: "one", partitions: 1, keys: keys, stream: .log, trimsWith: [])
        configuration.longestPause = .milliseconds(5)
        return PartitionConsumer(
            configuration, redis: try server.configuration, commands: redis, handler: recorder, logger: quiet)
    }

    private func append(_ redis: RedisConnection, _ count: Int) async throws -> [MessageID] {
        try await redis.execute((0..<count).map { _ in .append(to: keys.log(0), fields: [[102], [118]]) })
            .map { try $0.get().id("XADD in a test") }
    }

    private func deadLetters(_ redis: RedisConnection) async throws -> [DeadLetter] {
        let key = keys.deadLetters(0, group: "router")
        return try StreamEntry.entries(await redis.execute(RedisCommand("XRANGE", .text(key), "-", "+")))
            .map { try DeadLetter(fields: $0.fields) }
    }

    @Test func whatIsRefusedIsPutAsideAndTheRestGoesOnInOrder() async throws {
        try await withRedis { redis, server in
            let recorder = Recorder()
            let ids = try await append(redis, 100)
            let poisoned = [ids[20], ids[21], ids[99]]
            recorder.state.withLock { $0.poisoned = Set(poisoned) }
            let consumer = try consumer(redis, server, recorder)
            try await withRunning([consumer]) {
                try await eventually("it is so", within: .seconds(60)) { try await deadLetters(redis).count == 3 }
                try await eventually("it is so", within: .seconds(60)) { recorder.count == 97 }
                #expect(recorder.state.withLock { $0.handled[0] } == ids.filter { !poisoned.contains($0) })
                let dead = try await deadLetters(redis)
                #expect(dead.map(\.id) == poisoned)
                #expect(dead.map(\.tries) == [5, 1, 1])
                #expect(dead.allSatisfy { $0.kind == .failed && $0.reason == "cannot stand it" })
                // The position passes them, and the length is seen with the next renewal.
                try await eventually("it is so", within: .seconds(60)) { consumer.status.first?.deadLetters == 3 }
                #expect(consumer.status.first?.lag == 0)
            }
        }
    }

    @Test func anOutageOfManyTriesPutsNothingAside() async throws {
        try await withRedis { redis, server in
            let recorder = Recorder()
            recorder.state.withLock { state in
                state.failures = 30
                state.failure = RedisError(.server("MISCONF"), "Redis answered: MISCONF the disk is full")
            }
            let ids = try await append(redis, 10)
            try await withRunning([try consumer(redis, server, recorder)]) {
                try await eventually("it is so", within: .seconds(60)) {
                    recorder.state.withLock { $0.handled[0] } == ids
                }
            }
            #expect(recorder.state.withLock { $0.failures } == 0)
            #expect(try await deadLetters(redis).isEmpty)
        }
    }
}
