import Foundation
import Messaging
import Testing

/// What a ring promises, tried with many users and edges.
@Suite struct HashRingTests {
    private let users = (0..<20_000).map { "user-\($0)" }

    private func ring(_ edges: [String], weight: Int = 10) -> HashRing {
        HashRing(edges.map { .init(id: $0, weight: weight) })
    }

    private func owners(_ ring: HashRing) -> [String] { users.map { ring.owner(of: $0) ?? "" } }

    private func counts(_ ring: HashRing) -> [String: Int] {
        Dictionary(owners(ring).map { ($0, 1) }, uniquingKeysWith: +)
    }

    @Test(arguments: 1...12)
    func oneMoreEdgeTakesAboutItsShareAndNothingElseMoves(_ count: Int) {
        let edges = (1...count).map { "edge-\($0)" }
        let before = owners(ring(edges))
        let after = owners(ring(edges + ["edge-new"]))
        let moved = zip(before, after).filter { $0 != $1 }
        #expect(moved.allSatisfy { $0.1 == "edge-new" })
        let due = Double(users.count) / Double(count + 1)
        #expect(Double(moved.count) <= due * 1.2, "\(moved.count) of \(due)")
        #expect(Double(moved.count) >= due * 0.8, "\(moved.count) of \(due)")
    }

    @Test(arguments: 2...12)
    func whenAnEdgeGoesOnlyItsUsersMoveAndAllOthersGetSome(_ count: Int) {
        let edges = (1...count).map { "edge-\($0)" }
        let before = owners(ring(edges))
        let after = owners(ring(Array(edges.dropLast())))
        var gained: Set<String> = []
        for (old, new) in zip(before, after) {
            #expect(old == edges[count - 1] || old == new)
            if old != new { gained.insert(new) }
        }
        #expect(gained == Set(edges.dropLast()))
    }

    @Test func anEdgeThatComesBackFindsItsUsersAgain() {
        let edges = (1...5).map { "edge-\($0)" }
        #expect(owners(ring(edges)) == owners(ring(edges.reversed())))
    }

    @Test func aWeightIsAShare() {
        let ring = HashRing([.init(id: "small", weight: 5), .init(id: "usual"), .init(id: "large", weight: 25)])
        let counts = counts(ring)
        for (edge, part) in [("small", 0.125), ("usual", 0.25), ("large", 0.625)] {
            let share = Double(counts[edge] ?? 0) / Double(users.count)
            #expect(abs(share / part - 1) < 0.15, "\(edge) has \(share)")
            #expect(abs((ring.shares[edge] ?? 0) - share) < 0.02)
        }
    }

    @Test func moreWeightTakesFromAllAndGivesNobodyAnything() {
        let before = owners(ring(["a", "b", "c"]))
        let after = owners(HashRing([.init(id: "a", weight: 20), .init(id: "b"), .init(id: "c")]))
        #expect(zip(before, after).allSatisfy { $0 == $1 || $1 == "a" })
    }

    @Test func sharesAreOneTogether() {
        let shares = ring((1...7).map { "edge-\($0)" }).shares
        #expect(shares.count == 7 && abs(shares.values.reduce(0, +) - 1) < 1e-9)
        #expect(ring(["only"]).shares == ["only": 1])
        #expect(HashRing().shares.isEmpty && HashRing().isEmpty)
    }

    @Test func usersWithSimilarNamesAreSpread() {
        let counts = Dictionary(
            (0..<3000).map { (ring(["a", "b", "c"]).owner(of: "u\($0)") ?? "", 1) }, uniquingKeysWith: +)
        #expect(counts.values.allSatisfy { (800...1200).contains($0) }, "\(counts)")
    }

    /// Services of different versions must agree: these places are part of the contract.
    @Test func placesDoNotChangeUnnoticed() {
        let ring = HashRing([.init(id: "edge-1"), .init(id: "edge-2"), .init(id: "edge-3", weight: 20)])
        let owners = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"].map { ring.owner(of: $0) }
        #expect(owners == Self.pinned)
    }

    private static let pinned: [String?] = [
        "edge-2", "edge-3", "edge-1", "edge-1", "edge-1", "edge-2", "edge-1", "edge-3",
    ]

    @Test func aWeightStaysInItsBounds() throws {
        #expect(HashRing.Edge(id: "a", weight: 0).weight == 1 && HashRing.Edge(id: "a", weight: 1000).weight == 100)
        let edge = try JSONDecoder().decode(HashRing.Edge.self, from: Data(#"{"edge":"a","weight":-3}"#.utf8))
        #expect(edge == HashRing.Edge(id: "a", weight: 1))
    }

    @Test func ofTwoWithOneIdTheLastCounts() {
        #expect(HashRing([.init(id: "a"), .init(id: "a", weight: 3)]).edges == [.init(id: "a", weight: 3)])
    }

    @Test func withoutAnEdgeNobodyBelongsAnywhere() {
        #expect(HashRing().owner(of: "alice") == nil)
        #expect(HashRing().owner(of: "alice") { _ in true } == nil)
        #expect(ring(["a", "b"]).owner(of: "alice") { _ in false } == nil)
    }

    @Test func anEdgeThatMayNotIsPassedOverAsIfItWereNotThere() {
        let all = ring(["a", "b", "c"])
        let without = ring(["a", "c"])
        for user in users.prefix(2000) {
            #expect(all.owner(of: user) { $0.id != "b" } == without.owner(of: user))
        }
    }
}
