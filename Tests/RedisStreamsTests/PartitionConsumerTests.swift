import Messaging
import RedisBench
import Synchronization
import TestStack
import Testing

@testable import RedisStreams

@Suite struct PartitionConsumerTests {
    /// Remembers what it was given.
    final class Recorder: PartitionHandler {
        struct State {
            var handled: [Int: [MessageID]] = [:]
            var signals = 0
            var failures = 0
            var acquired: [Int] = []
            /// What the failures counted above are, and what entries fail with always.
            var failure = RedisError(.unexpectedReply, "on purpose")
            var poisoned: Set<MessageID> = []
        }
        struct Poison: Error, CustomStringConvertible {
            var description: String { "cannot stand it" }
        }
        let state = Mutex(State())

        func acquired(_ partition: Int) { state.withLock { $0.acquired.append(partition) } }
        func lost(_ partition: Int) {}
        func handle(_ batch: PartitionBatch) throws {
            try state.withLock { state in
                if state.failures > 0 {
                    state.failures -= 1
                    throw state.failure
                }
                if batch.entries.contains(where: { state.poisoned.contains($0.id) }) { throw Poison() }
                state.handled[batch.partition, default: []] += batch.entries.map(\.id)
                state.signals += batch.signals.count
            }
        }

        var count: Int { state.withLock { $0.handled.values.map(\.count).reduce(0, +) } }
    }

    private let keys = Keys()

    private func consumer(
        _ instance: String, _ redis: RedisConnection, _ server: RedisServer, _ recorder: Recorder,
        lease: Duration = .seconds(6), trimsWith: [String] = ["router"]
    ) throws -> PartitionConsumer {
        PartitionConsumer(
            ConsumerConfiguration(
                group: "router", instance: instance, partitions: 4, keys: keys, stream: .log, trimsWith: trimsWith,
                readsSignals: true, lease: lease),
            redis: try server.configuration, commands: redis, handler: recorder, logger: quiet)
    }

    private func append(_ redis: RedisConnection, _ count: Int, partition: Int? = nil) async throws -> [MessageID] {
        try await redis.execute(
            (0..<count).map { number in
                RedisCommand.append(to: keys.log(partition ?? number % 4), fields: [[102], [118]])
            }
        ).map { try $0.get().id("XADD in a test") }
    }

    @Test func everyEntryIsHandledOnceInOrderAndTheGroupShowsNoLag() async throws {
        try await withRedis { redis, server in
            let before = try await append(redis, 200)
            let recorder = Recorder()
            let consumer = try consumer("one", redis, server, recorder)
            try await withRunning(consumer) {
                try await eventually { recorder.count == 200 }
                let after = try await append(redis, 200)
                try await eventually { recorder.count == 400 }
                recorder.state.withLock { state in
                    #expect(Set(state.handled.values.joined()) == Set(before + after))
                    #expect(state.handled.values.allSatisfy { $0 == $0.sorted() })
                }
                try await eventually {
                    let groups = try await redis.execute(RedisCommand("XINFO", "GROUPS", .text(keys.log(0))))
                    let fields = groups.array?.first?.array ?? []
                    return fields.count >= 12 && fields[fields.count - 1] == .integer(0)
                }
            }
        }
    }

    @Test func aFailedBatchComesAgainUntilItIsDone() async throws {
        try await withRedis { redis, server in
            let recorder = Recorder()
            recorder.state.withLock { $0.failures = 3 }
            let ids = try await append(redis, 10, partition: 2)
            try await withRunning(try consumer("one", redis, server, recorder)) {
                try await eventually { recorder.state.withLock { $0.handled[2] } == ids }
            }
        }
    }

    @Test func aSuccessorGoesOnWhereTheCommittedPositionIs() async throws {
        try await withRedis { redis, server in
            let first = Recorder()
            _ = try await append(redis, 100)
            try await withRunning(try consumer("one", redis, server, first)) {
                try await eventually { first.count == 100 }
            }
            let second = Recorder()
            _ = try await append(redis, 20)
            try await withRunning(try consumer("two", redis, server, second)) {
                try await eventually { second.count >= 20 }
            }
            #expect(first.count == 100)
            #expect(second.count == 20)
        }
    }

    @Test func partitionsAreSharedOutWhenAnInstanceComesAndTakenOverWhenItGoes() async throws {
        try await withRedis { redis, server in
            let recorders = (Recorder(), Recorder())
            let first = try consumer("one", redis, server, recorders.0)
            try await withRunning(first) {
                try await eventually { first.status.count == 4 }
                let second = try consumer("two", redis, server, recorders.1)
                try await withRunning(second) {
                    try await eventually { first.status.count == 2 && second.status.count == 2 }
                    _ = try await append(redis, 100)
                    try await eventually { recorders.0.count + recorders.1.count == 100 }
                }
                try await eventually { first.status.count == 4 }
            }
        }
    }

    @Test func aCommitOfAnOlderTermIsRefusedAndAPositionOnlyGrows() async throws {
        try await withRedis { redis, server in
            var configuration = ConsumerConfiguration(
                group: "router", instance: "one", partitions: 4, keys: keys, stream: .log, trimsWith: [], lease: .zero)
            let ids = try await append(redis, 3, partition: 1)
            func take() async throws -> Int64 {
                guard
                    case .taken(let term, _, _, _, _, _) = try TakeLeaseScript.reply(
                        await redis.execute(TakeLeaseScript.command(configuration, partition: 1)))
                else { throw RedisError.unexpectedReply("take in a test") }
                return term
            }
            func commit(_ term: Int64, from: MessageID, to: MessageID) async throws -> CommitPositionScript.Reply {
                try CommitPositionScript.reply(
                    await redis.execute(
                        CommitPositionScript.command(
                            configuration, partition: 1, term: term, from: from, to: to, count: 1)))
            }
            let old = try await take()
            configuration.instance = "two"
            let new = try await take()
            #expect(new > old)
            #expect(try await commit(new, from: .zero, to: ids[1]) == .committed)
            #expect(try await commit(new, from: .zero, to: ids[0]) == .behind)
            configuration.instance = "one"
            #expect(try await commit(old, from: .zero, to: ids[2]) == .fenced)
        }
    }

    @Test func theLogIsTrimmedOnlyBelowTheLowestPosition() async throws {
        try await withRedis { redis, server in
            _ = try await redis.execute(RedisCommand("CONFIG", "SET", "stream-node-max-entries", "10"))
            let recorder = Recorder()
            let ids = try await append(redis, 500, partition: 0)
            try await withRunning(try consumer("one", redis, server, recorder, trimsWith: ["router", "history"])) {
                try await eventually { recorder.count == 500 }
                _ = try await append(redis, 1, partition: 0)
                try await eventually { recorder.count == 501 }
                #expect(try await redis.execute(RedisCommand("XLEN", .text(keys.log(0)))) == .integer(501))
                _ = try await redis.execute(
                    RedisCommand("HSET", .text(keys.position(0, group: "history")), "id", .text("\(ids[250])")))
                _ = try await append(redis, 1, partition: 0)
                try await eventually {
                    let length = try await redis.execute(RedisCommand("XLEN", .text(keys.log(0)))).int ?? 0
                    return (252...270).contains(length)
                }
            }
        }
    }

    @Test func signalsAreReadFromThePresentOn() async throws {
        try await withRedis { redis, server in
            let signal = RedisCommand.append(to: keys.signals(1), fields: [[102], [118]])
            _ = try await redis.execute(signal)
            let recorder = Recorder()
            let consumer = try consumer("one", redis, server, recorder)
            try await withRunning(consumer) {
                try await eventually { consumer.status.count == 4 }
                try await eventually {
                    _ = try await redis.execute(signal)
                    return recorder.state.withLock { $0.signals } > 0
                }
            }
        }
    }

    /// Holds the first batch until it is let go.
    final class Holder: PartitionHandler {
        let recorder = Recorder()
        private let gate = AsyncStream.makeStream(of: Never.self)

        func acquired(_ partition: Int) {}
        func lost(_ partition: Int) {}
        func handle(_ batch: PartitionBatch) async throws {
            for await _ in gate.stream {}
            try recorder.handle(batch)
        }
        func letGo() { gate.continuation.finish() }
    }

    @Test func whoeverWasAwayLongerThanItsLeaseHandlesNothingBehindWhatTheSuccessorTrimmed() async throws {
        try await withRedis { redis, server in
            // Leases and commits of the first one go over a link that falls silent, so that only its clock can tell it that the lease is over.
            let link = try await LinkProxy.start(to: server.port)
            var configuration = try server.configuration
            let direct = configuration
            configuration.port = link.port
            let commands = RedisConnection(configuration, name: "first", logger: quiet)
            let holder = Holder()
            let first = PartitionConsumer(
                ConsumerConfiguration(
                    group: "router", instance: "first", partitions: 1, keys: keys, stream: .log,
                    trimsWith: ["router"], batch: 50, lease: .seconds(3)),
                redis: direct, commands: commands, handler: holder, logger: quiet)
            try await withRunning([commands, first]) {
                try await eventually { first.status.count == 1 }
                // As much as it reads ahead, and some more.
                let before = try await append(redis, 600, partition: 0)
                try await link.set(.silent)
                let successor = try consumer("second", redis, server, Recorder(), lease: .seconds(3))
                try await withRunning(successor) {
                    try await eventually { successor.status.contains { $0.partition == 0 } }
                    let ids = before + (try await append(redis, 600, partition: 0))
                    try await eventually {
                        try await redis.execute(RedisCommand("XLEN", .text(keys.log(0)))).int ?? 0 < 200
                    }
                    holder.letGo()
                    try await eventually { first.status.isEmpty }
                    let handled = holder.recorder.state.withLock { $0.handled[0] ?? [] }
                    #expect(handled == Array(ids.prefix(handled.count)), "there is a hole in what it handled")
                }
                try await link.set(.pass)
            }
            try await link.stop()
        }
    }
}
