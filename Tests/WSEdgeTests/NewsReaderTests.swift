import Messaging
import NIOEmbedded
import RedisStreams
import Testing

@testable import WSEdge

/// What routers tell an edge, and what it answers.
@Suite struct NewsReaderTests {
    private func id(_ number: UInt64) -> MessageID { MessageID(milliseconds: number, sequence: 0) }

    private func entry(_ items: [EdgeBatch.Item], answer: String? = nil) -> StreamEntry {
        var fields = [Array("batch".utf8), EdgeBatch(items: items).encoded()]
        if let answer { fields += [Array("answer".utf8), Array(answer.utf8)] }
        return StreamEntry(id: id(1), fields: StreamFields(fields))
    }

    private func looks(_ users: [String]) -> [EdgeBatch.Item] { users.map { .look(user: $0, cursor: id(9)) } }

    private func misses(_ bench: Bench) -> [[String]] { bench.redis.commands("XADD").filter { $0.contains("missed") } }

    @Test func ofWhatAllAreToldOnlyWhatIsForSomebodyHereIsLeftAndNothingIsAnswered() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        let reader = NewsReader(environment: bench.loop.environment)
        let all = entry(looks(["alice", "bob", "carol"]), answer: "3")
        #expect(try reader.batch(of: all, .shared).items == looks(["alice"]))
        #expect(misses(bench).isEmpty)
        try client.send(opcode: 8, [])
        client.collect()
        #expect(try reader.batch(of: all, .shared).items.isEmpty)
    }

    @Test func aRouterThatAsksIsToldWhoIsNotHere() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        _ = try bench.session(parts.token)
        let reader = NewsReader(environment: bench.loop.environment)
        #expect(try reader.batch(of: entry(looks(["alice", "bob"])), .own).items == looks(["alice", "bob"]))
        #expect(misses(bench).isEmpty)
        #expect(
            try reader.batch(of: entry(looks(["bob", "alice", "carol"]), answer: "3"), .own).items == looks(["alice"]))
        #expect(
            misses(bench) == [
                ["XADD", "sb:{p:3}:signals", "MAXLEN", "~", "10000", "*", "missed", "bob carol", "edge", "e1"]
            ])
    }

    @Test func aSessionIsHereBeforeItIsRegistered() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        bench.redis.holdBack()
        _ = try bench.session(parts.token)
        let reader = NewsReader(environment: bench.loop.environment)
        #expect(try reader.batch(of: entry(looks(["alice"]), answer: "3"), .own).items == looks(["alice"]))
        bench.redis.answer()
        #expect(misses(bench).isEmpty)
    }

    @Test func anAnswerToAPartitionThatIsNoneIsNotGiven() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let reader = NewsReader(environment: bench.loop.environment)
        for answer in ["-1", "16", "x", ""] {
            #expect(try reader.batch(of: entry(looks(["bob"]), answer: answer), .own).items == looks(["bob"]))
        }
        #expect(misses(bench).isEmpty)
    }

    @Test func manyAreAnsweredInEntriesThatARouterTakes() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let reader = NewsReader(environment: bench.loop.environment)
        let users = (0..<2000).map { "u\($0)" }
        _ = try reader.batch(of: entry(looks(users), answer: "0"), .own)
        let counts = misses(bench).map { $0[7].split(separator: " ").count }
        #expect(counts.allSatisfy { $0 <= MissEntry.limit })
        #expect(counts.reduce(0, +) == MissPace.limit)
    }

    @Test func aUserIsAnsweredOnceInASecondAndSoManyUsersAtMost() {
        var pace = MissPace()
        let now = ContinuousClock.now
        #expect(pace.take(["a", "b", "a"], now: now) == ["a", "b"])
        #expect(pace.take(["b", "c"], now: now + .milliseconds(999)) == ["c"])
        #expect(pace.take((0..<5000).map { "u\($0)" }, now: now + .milliseconds(999)).count == MissPace.limit - 3)
        #expect(pace.take(["x"], now: now + .milliseconds(999)).isEmpty)
        #expect(pace.take(["a", "x"], now: now + .seconds(1)) == ["a", "x"])
    }

    @Test func aUserIsHereAsLongAsOneSessionIs() throws {
        let census = SessionCensus()
        let bytes = EdgeBatch(items: looks(["alice"])).encoded()
        func isHere() throws -> Bool {
            var absent: [String]?
            return try !census.read(bytes, absent: &absent).batch.items.isEmpty
        }
        #expect(try !isHere())
        census.add("alice")
        census.add("alice")
        census.remove("alice")
        #expect(try isHere())
        census.remove("alice")
        census.remove("alice")
        #expect(try !isHere())
    }
}
