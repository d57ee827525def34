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
        census.add("alice", loop: 0)
        census.add("alice", loop: 0)
        census.remove("alice")
        #expect(try isHere())
        census.remove("alice")
        census.remove("alice")
        #expect(try !isHere())
    }

    @Test func newsGoesToTheEventLoopsOfItsUsersAlone() {
        let census = SessionCensus()
        census.add("alice", loop: 0)
        census.add("bob", loop: 2)
        census.add("carol", loop: 1)
        census.add("carol", loop: 2)
        census.add("dave", loop: 70)
        func loops(_ item: EdgeBatch.Item) -> [Int] {
            guard let news = EdgeNews(item) else { return [] }
            return [0, 1, 2, 3, 63, 70].filter { census.loops(of: [news])[0].contains($0) }
        }
        func message(_ users: String...) -> EdgeBatch.Item {
            .message(
                .init(
                    id: .zero, conversation: "dm:a:b", from: "a", device: "d", data: Array("1".utf8),
                    recipients: users.map { .init(user: $0, cursor: .zero, previous: .zero) }))
        }
        #expect(loops(message("alice")) == [0])
        #expect(loops(message("alice", "carol")) == [0, 1, 2])
        #expect(loops(message("nobody")).isEmpty)
        // Those beyond the 63rd are one.
        #expect(loops(message("dave")) == [63, 70])
        #expect(loops(.look(user: "bob", cursor: .zero)) == [2])
        #expect(loops(.end(user: "carol", before: 1)) == [1, 2])
        #expect(loops(.groups(users: ["bob", "nobody"])) == [2])
        #expect(loops(.signal(from: "a", device: "d", to: "user:bob", at: 0, data: [49], users: ["bob"])) == [2])
        // Who hears a topic only the event loops know.
        #expect(loops(.feedLook(.all, place: .zero)) == [0, 1, 2, 3, 63, 70])
        census.remove("carol")
        #expect(loops(message("carol")) == [1, 2])
        census.remove("carol")
        #expect(loops(message("carol")).isEmpty)
    }
}
