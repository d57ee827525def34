import Messaging
import NIOEmbedded
import RedisStreams
import Testing

@testable import WSEdge

/// What a session says of a large group that its user was in before.
@Suite struct SessionGroupsTests {
    private func page(last: String) -> RedisValue {
        .array([.status(last), .integer(0), .array([]), .integer(1)])
    }

    private func notes(_ note: String) -> RedisValue { .array([.status("g"), .status(note)]) }

    /// A session that stood at 10,000,000: up to 6,400,000 it has everything.
    private func texts(_ note: String, last: String) async throws -> [String] {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        bench.redis.answers(
            "register",
            with: .array([
                .status("registered"), .status("10000000-0"), .integer(0), .status("10000000-0"), .array([]),
                notes(note),
            ]))
        bench.redis.answers("read_feed", with: page(last: last))
        let client = try bench.session(parts.token)
        return client.texts().filter { $0.contains("\"gap\"") }
    }

    @Test func whoComesBackIsToldWhatWasSaidBeforeTheUserLeftAndCameAgain() async throws {
        let gaps = try await texts("in 9000000-0 8000000-0", last: "8000000-0")
        #expect(gaps.count == 1)
        #expect(gaps.first?.hasPrefix(#"{"type":"gap","conversation":"group:g","after":"6400000-0""#) == true)
        // What had ended before was heard, or told, then.
        #expect(try await texts("in 9000000-0 6000000-0", last: "9000000-0") == [])
        #expect(try await texts("in 9000000-0", last: "9000000-0") == [])
    }

    @Test func whoWasAddedRemovedAndAddedBetweenTwoChecksIsToldOfWhatWasSaidMeanwhile() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        _ = client.texts()
        bench.redis.answers("HGETALL", with: notes("in 7000000-0 6900000-0"))
        bench.redis.answers("HMGET", with: .array([.status("5-0"), .null]))
        bench.redis.answers("read_feed", with: page(last: "7000000-0"))
        for _ in 0..<2 {
            bench.loop.handle([.groups(users: ["alice"])])
            bench.eventLoop.run()
        }
        let gaps = client.texts().filter { $0.contains("\"gap\"") }
        #expect(gaps.count == 1)
        #expect(gaps.first?.hasPrefix(#"{"type":"gap","conversation":"group:g","after":"0-0""#) == true)
        #expect(bench.redis.commands("read_feed").last?.contains("7000000-0") == true)
    }
}
