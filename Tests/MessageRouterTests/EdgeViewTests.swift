import Messaging
import RedisStreams
import Testing

@testable import MessageRouter

/// What is asked and where is told, in each way.
@Suite struct EdgeViewTests {
    private let now = ContinuousClock.now
    private let live = ["e1:x": "e1", "e2:y": "e2"]

    private func ring(_ edges: [String], version: Int64 = 1) -> Ring {
        Ring(version: version, edges: edges.map { HashRing.Edge(id: $0) }, changed: 0)
    }

    private func settled(_ edges: [String]) -> RingView {
        RingView(now: now).adopting(ring(edges), age: .seconds(3600), now: now)
    }

    /// A user who belongs on this edge.
    private func user(on edge: String, of ring: RingView) throws -> String {
        try #require((0..<1000).map { "user-\($0)" }.first { ring.owner(of: $0) == edge })
    }

    @Test func byRegisterEverySessionIsAskedForAndItsLiveEdgeTold() {
        let view = EdgeView(.register)
        #expect(view.question(for: "a") == .sessions)
        #expect(
            view.targets(of: "a", .incarnations(["e1:x", "e9:dead", "e2:y"]), live) == [.edge("e1"), .edge("e2")])
        #expect(!view.asksForMisses)
    }

    @Test func byBroadcastNothingIsAskedAndAllAreTold() {
        let view = EdgeView(.broadcast)
        #expect(view.question(for: "a") == .nothing)
        #expect(view.targets(of: "a", .unknown, [:]) == [.all])
        #expect(!view.asksForMisses)
    }

    @Test func byRingTheEdgeOfTheRingIsToldWhereNothingElseIsSaid() throws {
        let ring = settled(["e1", "e2"])
        let view = EdgeView(.ring(ring, at: now, live: ["e1", "e2"]))
        for edge in ["e1", "e2"] {
            let user = try user(on: edge, of: ring)
            #expect(view.question(for: user) == .ring)
            #expect(view.targets(of: user, .home, live) == [.edge(edge)])
            #expect(view.targets(of: user, .incarnations(["e1:x", "e2:y"]), live) == [.edge("e1"), .edge("e2")])
            #expect(view.targets(of: user, .incarnations([]), live).isEmpty)
        }
        #expect(view.asksForMisses)
    }

    @Test func whereTheEdgeOfTheRingIsNotAliveTheRegisterIsAsked() throws {
        let ring = settled(["e1", "e2"])
        let view = EdgeView(.ring(ring, at: now, live: ["e1"]))
        #expect(view.question(for: try user(on: "e1", of: ring)) == .ring)
        #expect(view.question(for: try user(on: "e2", of: ring)) == .sessions)
        #expect(EdgeView(.ring(RingView(now: now), at: now, live: ["e1"])).question(for: "a") == .sessions)
    }

    @Test func afterAChangeOfTheRingOnlyThoseWhomItConcernsAreLookedUp() throws {
        let before = settled(["e1", "e2"])
        let after = before.adopting(ring(["e1", "e2", "e3"], version: 2), age: .zero, now: now)
        let users = (0..<200).map { "user-\($0)" }
        let moved = users.filter { before.owner(of: $0) != after.owner(of: $0) }
        #expect(!moved.isEmpty && moved.count < 150)
        let live: Set = ["e1", "e2", "e3"]
        let soon = EdgeView(.ring(after, at: now + .seconds(59), live: live))
        let late = EdgeView(.ring(after, at: now + .seconds(61), live: live))
        for user in users {
            #expect(soon.question(for: user) == (moved.contains(user) ? .sessions : .ring))
            #expect(late.question(for: user) == .ring)
        }
    }

    @Test func whoIsBackHomeIsNoticed() throws {
        let ring = settled(["e1", "e2"])
        let view = EdgeView(.ring(ring, at: now, live: ["e1", "e2"]))
        let user = try user(on: "e1", of: ring)
        #expect(view.isBackHome(user, .incarnations(["e1:x"]), live))
        #expect(view.isBackHome(user, .incarnations(["e1:x", "e9:dead"]), live))
        #expect(!view.isBackHome(user, .incarnations(["e1:x", "e2:y"]), live))
        #expect(!view.isBackHome(user, .incarnations([]), live))
        #expect(!view.isBackHome(user, .home, live))
        #expect(!EdgeView(.register).isBackHome(user, .incarnations(["e1:x"]), live))
    }
}
