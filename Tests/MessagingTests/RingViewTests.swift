import Messaging
import Testing

@Suite struct RingViewTests {
    private let start = ContinuousClock.now

    private func ring(_ version: Int64, _ edges: String...) -> Ring {
        Ring(version: version, edges: edges.map { .init(id: $0) }, changed: 5)
    }

    private func after(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    @Test func aRingThatHasHeldForLongIsReliedOnAtOnce() {
        let view = RingView(now: start).adopting(ring(4, "a", "b"), age: .seconds(600), now: start)
        #expect(view.owner(of: "alice") != nil)
        #expect(view.settledOwner(of: "alice", now: start) == view.owner(of: "alice"))
        #expect(view.previous == nil)
    }

    @Test func aFirstRingThatIsNewIsNotReliedOnYet() {
        let view = RingView(now: start).adopting(ring(4, "a", "b"), age: .seconds(20), now: start)
        #expect(view.settledOwner(of: "alice", now: after(39)) == nil)
        #expect(view.settledOwner(of: "alice", now: after(40)) != nil)
    }

    @Test func afterAChangeOnlyThoseWhoBelongElsewhereNowAreUnsettled() {
        let view = RingView(now: start).adopting(ring(1, "a", "b"), age: .seconds(600), now: start)
            .adopting(ring(2, "a", "b", "c"), age: .zero, now: after(100))
        #expect(view.previous?.edges.map(\.id) == ["a", "b"] && view.since == after(100))
        for user in (0..<500).map({ "user-\($0)" }) {
            let settled = view.settledOwner(of: user, now: after(159))
            #expect(settled == (view.owner(of: user) == "c" ? nil : view.owner(of: user)))
            #expect(view.settledOwner(of: user, now: after(160)) == view.owner(of: user))
        }
    }

    @Test func whoBelongedElsewhereTwoChangesAgoIsUnsettledToo() {
        let view = RingView(now: start).adopting(ring(1, "a", "b"), age: .seconds(600), now: start)
            .adopting(ring(2, "a"), age: .zero, now: after(10)).adopting(ring(3, "a", "b"), age: .zero, now: after(20))
        for user in (0..<200).map({ "user-\($0)" }) {
            #expect((view.settledOwner(of: user, now: after(30)) == nil) == (view.owner(of: user) == "b"))
            // The second ring was given up at 20: until 80 somebody may be where it said.
            #expect((view.settledOwner(of: user, now: after(79)) == nil) == (view.owner(of: user) == "b"))
            #expect(view.settledOwner(of: user, now: after(80)) != nil)
        }
    }

    @Test func withManyChangesNobodyIsSettled() {
        var view = RingView(now: start).adopting(ring(1, "a", "b"), age: .seconds(600), now: start)
        for version in 2...9 {
            let next = Ring(
                version: Int64(version), edges: [.init(id: "a"), .init(id: "b", weight: version)], changed: 5)
            view = view.adopting(next, age: .zero, now: after(version))
        }
        #expect((0..<100).allSatisfy { view.settledOwner(of: "user-\($0)", now: after(10)) == nil })
        #expect((0..<100).allSatisfy { view.settledOwner(of: "user-\($0)", now: after(100)) != nil })
    }

    @Test func theSameRingAgainChangesNothing() {
        let view = RingView(now: start).adopting(ring(1, "a"), age: .seconds(600), now: start)
        #expect(view.adopting(ring(1, "a"), age: .zero, now: after(50)).since == start)
    }

    @Test func aRingOfAnOlderStateOfRedisIsTakenAsItIs() {
        let view = RingView(now: start).adopting(ring(7, "a", "b"), age: .seconds(600), now: start)
            .adopting(ring(6, "a"), age: .seconds(600), now: after(1))
        #expect(view.ring.version == 6 && view.owner(of: "alice") == "a")
    }

    @Test func withoutARingNobodyBelongsAnywhere() {
        let view = RingView(now: start)
        #expect(view.isEmpty && view.owner(of: "alice") == nil && view.settledOwner(of: "alice", now: start) == nil)
    }
}
