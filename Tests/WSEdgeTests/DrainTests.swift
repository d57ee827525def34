import Messaging
import NIOCore
import Testing

@testable import WSEdge

@Suite struct DrainTests {
    private func record(_ sessions: Int, url: String = "ws://e/ws", draining: Bool = false) -> EdgeRecord {
        EdgeRecord(incarnation: "e:x", url: url, sessions: sessions, draining: draining, since: 0, expires: 0)
    }

    @Test(arguments: [1, 10, 499, 500, 5000, 15_000, 100_000, 1_000_000])
    func atLeastATenthIsToldEachSecondAndAllAreGoneInTime(_ sessions: Int) {
        let pace = DrainPace(sessions: sessions, time: .seconds(25))
        let steps = (sessions + pace.perStep(of: sessions) - 1) / pace.perStep(of: sessions)
        #expect(Int64(steps) * DrainPace.step.nanoseconds <= TimeAmount.milliseconds(10_020).nanoseconds)
        #expect(pace.span + pace.grace <= .seconds(18))
    }

    @Test func fewSessionsAreDoneAtOnceAndManyHaveTime() {
        let few = DrainPace(sessions: 4, time: .seconds(25))
        #expect(few.within < .milliseconds(510) && few.span < .milliseconds(10))
        #expect(few.perStep(of: 4) == 4)
        let many = DrainPace(sessions: 15_000, time: .seconds(25))
        #expect(many.within == .seconds(5) && many.span == .seconds(10))
        let hurried = DrainPace(sessions: 15_000, time: .seconds(6))
        #expect(hurried.grace + hurried.span <= .seconds(6))
    }

    @Test func theOthersAreFilledToTheSameLevel() {
        let records = [
            "own": record(10_000), "a": record(1000, url: "ws://a"), "b": record(4000, url: "ws://b"),
            "c": record(90_000, url: "ws://c"), "going": record(0, url: "ws://going", draining: true),
        ]
        let targets = MoveTargets(among: records, own: "own", leaving: 10_000)
        // 7,500 each: 6,500 to a, 3,500 to b, none to c, which has more already.
        #expect(targets.shares.map(\.url) == ["ws://a", "ws://b"])
        #expect(abs(targets.shares[0].upTo - 0.65) < 0.000_1 && targets.shares[1].upTo == 1)
        #expect(targets.url(0) == "ws://a" && targets.url(0.649) == "ws://a")
        #expect(targets.url(0.651) == "ws://b" && targets.url(0.999_999) == "ws://b")
    }

    @Test func equalEdgesGetEqualShares() {
        let records = Dictionary(uniqueKeysWithValues: (0..<8).map { ("e\($0)", record(0, url: "ws://e\($0)")) })
        let targets = MoveTargets(among: records, own: "e0", leaving: 1)
        #expect(targets.shares.count == 7)
        var counts: [String: Int] = [:]
        for step in 0..<7000 { counts[targets.url(Double(step) / 7000) ?? "", default: 0] += 1 }
        #expect(counts.count == 7 && counts.values.allSatisfy { (999...1001).contains($0) })
    }

    @Test func anEdgeWithoutAnAddressIsReachedAsAlways() {
        let targets = MoveTargets(among: ["a": record(0, url: "")], own: "own", leaving: 5)
        #expect(!targets.isEmpty && targets.url(0.5) == nil)
        #expect(MoveTargets.unknown.url(0.5) == nil)
    }

    @Test func withoutAnotherEdgeThereIsNowhereToGo() {
        let records = ["own": record(5), "going": record(5, draining: true)]
        #expect(MoveTargets(among: records, own: "own", leaving: 5).isEmpty)
    }
}
