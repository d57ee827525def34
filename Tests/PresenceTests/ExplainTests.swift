import Messaging
import RedisBench
import ServiceRuntime
import TestStack
import Testing

@testable import Presence
@testable import RedisStreams

/// What an operator is told of a user, with edges that the test plays.
@Suite struct ExplainTests {
    private let keys = Keys()

    private struct Parts: Sendable {
        let redis: RedisConnection
        let desk: ExplainDesk
        let reader: ExplainReader
        let bench: PresenceBench
    }

    private func with(
        patience: Duration = .seconds(30), _ body: @Sendable (Parts) async throws -> Void
    ) async throws {
        try await withRedis { redis, server in
            let bench = try PresenceBench(redis, server, grace: .seconds(600))
            let desk = ExplainDesk(
                redis: try RedisConfiguration(url: server.url), writer: EdgeWriter(redis: redis, keys: keys),
                keys: keys, instance: "p1", patience: patience, logger: quiet)
            let reader = ExplainReader(
                redis: redis, keys: keys, edges: bench.edges, desk: desk, capacity: 1000,
                place: { user, records in
                    let ring = HashRing(records.keys.map { HashRing.Edge(id: $0) })
                    return RingBounds(ring, records: records).edge(for: user, on: ring)
                })
            try await withRunning([desk]) {
                try await eventually("answers are listened for") { desk.isListening }
                try await body(Parts(redis: redis, desk: desk, reader: reader, bench: bench))
            }
        }
    }

    /// Answers the next question that an edge is asked, with these sessions.
    private func answer(_ redis: RedisConnection, as edge: String, _ sessions: [SessionReport]) async throws {
        let question = try await eventually("\(edge) is asked") { () -> (user: String, request: String)? in
            let entries = try await redis.entries(keys.out(edge), "batch")
            for entry in entries {
                for case .explain(let user, let request, let instance) in try EdgeBatch(decoding: entry.value).items {
                    #expect(instance == "p1")
                    return (user, request)
                }
            }
            return nil
        }
        #expect(question.user == "bob")
        let answer = EdgeAnswer(request: question.request, edge: edge, sessions: sessions)
        for result in await redis.execute(answer.commands(keys: keys, instance: "p1")) { _ = try result.get() }
    }

    private func report(_ session: String, sent: String = "5-0") -> SessionReport {
        var report = SessionReport(session: session, device: "phone")
        report.speaks = "switchboard.v1"
        report.sent = sent
        report.queue = 7
        return report
    }

    @Test func whatRedisHasAndWhatTheEdgesSayStandBesideEachOther() async throws {
        try await with { parts in
            try await parts.bench.live("e1:x")
            try await parts.bench.register("bob", "e1:x", session: "s1")
            try await parts.bench.register("bob", "e1:x", session: "s2", device: "desk")
            try await parts.bench.register("bob", "e9:gone", session: "s3", device: "tab")
            _ = try await parts.redis.execute(RedisCommand("HSET", .text(keys.marks("bob")), "last", "9-0"))
            async let view = parts.reader.view(of: "bob")
            try await answer(parts.redis, as: "e1", [report("s1"), report("s4", sent: "9-0")])
            let found = try await view
            let sessions = Dictionary(uniqueKeysWithValues: found.sessions.map { ($0.session, $0) })
            #expect(Set(sessions.keys) == ["s1", "s2", "s3", "s4"])
            #expect(sessions["s1"]?.held == true)
            #expect(sessions["s1"]?.behind == 4)
            #expect(sessions["s1"]?.details?.queue == 7)
            #expect(sessions["s2"]?.held == false, "the edge does not know it")
            #expect(sessions["s3"]?.alive == false)
            #expect(sessions["s3"]?.edge == "e9")
            #expect(sessions["s3"]?.held == nil)
            #expect(sessions["s4"]?.registered == false)
            #expect(sessions["s4"]?.behind == 0)
            #expect(found.edges.map(\.edge) == ["e1"])
            #expect(found.edges.map(\.answered) == [true])
            #expect(found.place?.edge == "e1")
            #expect(found.inbox.last == "9-0")
            #expect(Set(found.devices.map(\.device)) == ["phone", "desk", "tab"])
            #expect(found.broken.isEmpty)
        }
    }

    @Test func anEdgeThatSaysNothingIsNotWaitedFor() async throws {
        try await with(patience: .milliseconds(50)) { parts in
            try await parts.bench.live("e1:x")
            try await parts.bench.register("bob", "e1:x")
            let view = try await parts.reader.view(of: "bob")
            #expect(view.edges.map(\.answered) == [false])
            #expect(view.sessions.map(\.held) == [nil])
        }
    }

    @Test func whoWasNeverSeenIsExplainedToo() async throws {
        try await with { parts in
            let view = try await parts.reader.view(of: "nobody")
            #expect(view.sessions.isEmpty)
            #expect(view.presence.status == "offline")
            #expect(view.inbox.entries == 0)
            #expect(view.place == nil)
        }
    }

    @Test func keysThatCannotBeReadAreNamed() async throws {
        try await with { parts in
            for key in [keys.inbox("bob"), keys.devices("bob"), keys.marks("bob")] {
                _ = try await parts.redis.execute(RedisCommand("SET", .text(key), "x"))
            }
            let view = try await parts.reader.view(of: "bob")
            #expect(view.broken == ["devices", "marks", "inbox"])
        }
    }

    @Test func tooManyAtOnceAreTurnedAway() async throws {
        try await with { parts in
            try await parts.bench.live("e1:x")
            try await parts.bench.register("bob", "e1:x")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<ExplainDesk.limit { group.addTask { _ = try await parts.reader.view(of: "bob") } }
                try await eventually("all are asked") {
                    try await parts.redis.entries(keys.out("e1"), "batch").count == ExplainDesk.limit
                }
                await #expect(throws: Problem.self) { try await parts.reader.view(of: "bob") }
                group.cancelAll()
            }
        }
    }

    @Test func theEndsOfEarlierSessionsAreNotedNewestFirstAndBounded() async throws {
        try await with { parts in
            func close(_ session: String, _ code: UInt16, _ party: Closing.Party) async throws {
                _ = try await parts.redis.execute(
                    UnregisterScript.command(
                        keys: keys, user: "bob", sessions: [session], incarnation: "e1:x",
                        closing: (Closing(code: code, party: party), "phone", "e1")))
            }
            for number in 1...6 { try await close("s\(number)", 1000, .client) }
            // Said twice, noted once.
            try await close("s7", 4001, .server)
            try await close("s7", 4001, .server)
            let closes = try await parts.reader.view(of: "bob").closes
            #expect(closes.map(\.session) == ["s7", "s6", "s5", "s4", "s3"])
            #expect(closes.map(\.code) == [4001, 1000, 1000, 1000, 1000])
            #expect(closes.map(\.by) == ["server", "client", "client", "client", "client"])
            #expect(closes.allSatisfy { $0.at > 0 && $0.device == "phone" && $0.edge == "e1" })
            #expect(try await parts.redis.execute(RedisCommand("PTTL", .text(keys.closes("bob")))).int ?? 0 > 0)
        }
    }

    @Test func anAnswerIsReadAsItWasWritten() throws {
        var report = report("s1")
        report.held = ["leaving"]
        report.isSlow = true
        let answer = EdgeAnswer(
            request: "r", edge: "e1", sessions: Array(repeating: report, count: EdgeAnswer.limit + 3))
        #expect(answer.sessions.count == EdgeAnswer.limit)
        #expect(answer.more == 3)
        #expect(answer.commands(keys: keys, instance: "p1").count == 2)
    }
}
