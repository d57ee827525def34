import Messaging
import RedisBench
import Testing

@testable import RedisStreams

/// Calls that go to Redis as one.
@Suite struct CallGroupsTests {
    private let keys = Keys()

    private func publish(
        _ n: UInt64, user: String = "alice", partition: Int = 3, limit: Int = 100_000
    ) -> RedisCommand {
        PublishScript.command(
            keys: keys, partition: partition,
            entry: LogEntry(
                kind: .message, conversation: .direct(user, "bob"), from: user, device: "phone", n: n,
                data: Array("\"\(n)\"".utf8)),
            deduplication: .counter, limit: limit)
    }

    private func calls(_ redis: RedisConnection) async throws -> Int {
        let text = try await redis.execute(RedisCommand("INFO", "commandstats")).string ?? ""
        let line = text.split(separator: "\r\n").first { $0.hasPrefix("cmdstat_evalsha:") } ?? ""
        return line.split(separator: ",").first?.split(separator: "=").last.flatMap { Int($0) } ?? 0
    }

    @Test func callsOfOneScriptGoAsOneAndEachHasItsReply() async throws {
        try await withRedis { redis in
            let before = try await calls(redis)
            var commands = (1...20).map { publish(UInt64($0)) }
            commands.append(publish(7))
            let replies = try await redis.execute(commands).map { try PublishScript.reply($0.get()) }
            #expect(try await calls(redis) == before + 1)
            var ids: [MessageID] = []
            for reply in replies.dropLast() {
                guard case .accepted(let id) = reply else {
                    Issue.record("not accepted")
                    return
                }
                ids.append(id)
            }
            #expect(ids == ids.sorted() && Set(ids).count == 20)
            #expect(replies.last == .duplicate(ids[6]))
            let log = try StreamEntry.entries(await redis.execute(RedisCommand("XRANGE", .text(keys.log(3)), "-", "+")))
            #expect(try log.map { try LogEntry(fields: $0.fields).n } == Array(1...20))
        }
    }

    @Test func whatFailsConcernsOneCallAlone() async throws {
        try await withRedis { redis in
            _ = try await redis.execute(RedisCommand("SET", .text(keys.log(4)), "no stream"))
            let replies = await redis.execute([publish(1), publish(2, partition: 4), publish(3)])
            let codes = replies.map { reply -> RedisError.Code? in
                if case .failure(let error) = reply { error.code } else { nil }
            }
            #expect(codes == [nil, .server("WRONGTYPE"), nil])
            #expect(try await redis.execute(RedisCommand("XLEN", .text(keys.log(3)))).int == 2)
        }
    }

    @Test func theLimitOfTheLogHoldsAmongCallsThatGoAsOne() async throws {
        try await withRedis { redis in
            _ = try await redis.execute(publish(1))
            let commands = [2, 3, 3, 4, 5].map { publish($0, limit: 3) } + [publish(6, partition: 4, limit: 3)]
            let replies = try await redis.execute(commands).map { try PublishScript.reply($0.get()) }
            guard case .accepted = replies[0], case .accepted(let id) = replies[1], case .accepted = replies[5] else {
                Issue.record("not accepted")
                return
            }
            #expect(Array(replies[2...4]) == [.duplicate(id), .busy, .busy])
            #expect(try await redis.execute(RedisCommand("XLEN", .text(keys.log(3)))).int == 3)
        }
    }

    @Test func otherCommandsBetweenThemKeepTheirPlace() async throws {
        try await withRedis { redis in
            let length = RedisCommand("XLEN", .text(keys.log(3)))
            let replies = await redis.execute([length, publish(1), publish(2), length, publish(3), length])
            let lengths = try [0, 3, 5].map { try replies[$0].get().int }
            #expect(lengths == [0, 2, 3])
        }
    }

    @Test func moreThanGoAsOneGoAsSeveral() async throws {
        try await withRedis { redis in
            let before = try await calls(redis)
            let count = CallGroups.most * 2 + 1
            let replies = await redis.execute((1...count).map { publish(UInt64($0)) })
            #expect(replies.count == count && replies.allSatisfy { (try? PublishScript.reply($0.get())) != nil })
            #expect(try await calls(redis) == before + 3)
        }
    }

    @Test func scriptsThatRedisForgotAreLoadedAgainForEachOfThem() async throws {
        try await withRedis { redis in
            _ = try await redis.execute(RedisCommand("SCRIPT", "FLUSH"))
            let replies = await redis.execute((1...5).map { publish(UInt64($0)) })
            #expect(replies.allSatisfy { (try? PublishScript.reply($0.get())) != nil })
            #expect(try await redis.execute(RedisCommand("XLEN", .text(keys.log(3)))).int == 5)
        }
    }

    @Test func aReplyThatIsNotOneForEachCallIsAFailureOfAll() {
        let wrong = CallGroups.split(.success(.array([.integer(1)])), 2)
        #expect(wrong.count == 2 && wrong.allSatisfy { (try? $0.get()) == nil })
        let refused = CallGroups.split(.failure(.server("OOM no memory")), 3)
        #expect(refused.count == 3 && refused.allSatisfy { (try? $0.get()) == nil })
        let mixed = CallGroups.split(.success(.array([.integer(1), .error("WRONGTYPE x"), .null])), 3)
        #expect(mixed[0] == .success(.integer(1)) && mixed[2] == .success(.null))
        #expect(mixed[1] == .failure(.server("WRONGTYPE x")))
    }
}
