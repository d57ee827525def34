import Messaging
import RedisStreams
import Testing

@testable import WSEdge

/// A session says whether the ring has its user on this edge.
@Suite struct HomeTests {
    /// What the registration of a session says of it, with a ring of these edges; the token's time, and for how long it is kept, come behind that.
    private func isHome(_ edges: [String]) async throws -> String? {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let ring = Ring(version: 1, edges: edges.map { HashRing.Edge(id: $0) }, changed: 0)
        if !edges.isEmpty { bench.loop.environment.ring.adopt(ring) }
        _ = try bench.session(parts.token)
        return bench.redis.commands("register").last?.dropLast(2).last
    }

    @Test func aSessionWhereTheRingSaysIsHome() async throws {
        #expect(try await isHome(["e1"]) == "1")
    }

    @Test func oneElsewhereOrWithoutARingIsNot() async throws {
        #expect(try await isHome(["e2"]) == "0")
        #expect(try await isHome([]) == "0")
    }
}
