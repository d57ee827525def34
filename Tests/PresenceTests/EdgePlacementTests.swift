import Messaging
import Testing

@testable import Presence

@Suite struct EdgePlacementTests {
    private func record(_ url: String = "ws://e/ws", draining: Bool = false) -> EdgeRecord {
        EdgeRecord(incarnation: "e:x", url: url, sessions: 0, draining: draining, since: 0, expires: 0)
    }

    private let users = (0..<3000).map { "user-\($0)" }

    private func places(_ edges: [String]) -> [String: String] {
        let records = Dictionary(uniqueKeysWithValues: edges.map { ($0, record()) })
        return Dictionary(uniqueKeysWithValues: users.map { ($0, EdgePlacement.edge(of: $0, among: records) ?? "") })
    }

    @Test func usersAreSpreadEvenly() {
        let counts = Dictionary(places(["edge-1", "edge-2", "edge-3"]).values.map { ($0, 1) }, uniquingKeysWith: +)
        #expect(counts.count == 3)
        #expect(counts.values.allSatisfy { (850...1150).contains($0) }, "\(counts)")
    }

    @Test func whenAnEdgeGoesOnlyItsUsersMove() {
        let before = places(["edge-1", "edge-2", "edge-3"])
        let after = places(["edge-1", "edge-2"])
        #expect(users.allSatisfy { before[$0] == "edge-3" || before[$0] == after[$0] })
        #expect(after.values.allSatisfy { $0 == "edge-1" || $0 == "edge-2" })
    }

    @Test func edgesThatTakeNoSessionsAreNotNamed() {
        #expect(EdgePlacement.edge(of: "alice", among: [:]) == nil)
        #expect(EdgePlacement.edge(of: "alice", among: ["a": record(draining: true), "b": record("")]) == nil)
        #expect(EdgePlacement.edge(of: "alice", among: ["a": record(draining: true), "b": record()]) == "b")
    }
}

@Suite struct ExpiryPacerTests {
    private let start = ContinuousClock.now

    @Test func leasesAreJudgedFromTheFirstLookOn() {
        var pacer = ExpiryPacer()
        for second in 0..<20 {
            let may = pacer.mayExpire(now: start + .seconds(second))
            #expect(may)
        }
    }

    @Test func afterAFailureEdgesAreGivenTimeToRenew() {
        var pacer = ExpiryPacer()
        _ = pacer.mayExpire(now: start)
        pacer.failed(now: start + .seconds(1))
        let may = (2...12).map { pacer.mayExpire(now: start + .seconds($0)) }
        #expect(may == [false, false, false, false, false, false, false, true, true, true, true])
    }

    @Test func aPauseOfThisProcessCountsAsSuch() {
        var pacer = ExpiryPacer()
        _ = pacer.mayExpire(now: start)
        let after = pacer.mayExpire(now: start + .seconds(30))
        let later = (1...9).map { pacer.mayExpire(now: start + .seconds(30 + $0)) }
        #expect(!after)
        #expect(later == [false, false, false, false, false, false, false, true, true])
    }
}
