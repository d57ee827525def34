import Messaging
import NIOCore
import NIOEmbedded
import Testing

@testable import WSEdge

/// Moving the sessions of one event loop, step by step.
@Suite struct LoopRebalanceTests {
    /// alice belongs on e2.
    private func order(_ pass: Int, budget: Int = 10, mode: RingMode = .loose) -> MoveOrder {
        MoveOrder(
            pass: pass, own: "e1", mode: mode, base: nil, ring: HashRing([.init(id: "e2")]),
            targets: ["e2": .init(url: "ws://e2/ws", budget: budget)], budget: budget)
    }

    @Test func aSessionIsToldOnceAndCountsAsGoneWhenItsClientHasLeft() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        _ = client.texts()
        let now = NIODeadline.now()
        #expect(bench.loop.rebalance.step(order(1), now: now) == MoveReport(told: ["e2": 1], isDone: false))
        bench.eventLoop.run()
        #expect(client.texts() == [#"{"type":"moving","url":"ws://e2/ws","within":3000}"#])
        #expect(bench.loop.rebalance.step(order(2), now: now + .seconds(1)) == MoveReport(isDone: false))
        bench.eventLoop.run()
        #expect(client.texts().isEmpty)
        try client.send(opcode: 8, [])
        client.collect()
        #expect(bench.loop.rebalance.step(order(2), now: now + .seconds(2)) == MoveReport(left: ["e2": 1]))
    }

    @Test func aSessionThatIsStillThereIsClosedInTheEnd() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        let now = NIODeadline.now()
        _ = bench.loop.rebalance.step(order(1), now: now)
        #expect(bench.loop.rebalance.step(order(1), now: now + .milliseconds(4499)).overdue.isEmpty)
        #expect(client.closeCode == nil)
        #expect(bench.loop.rebalance.step(order(1), now: now + .milliseconds(4500)) == MoveReport(overdue: ["e2": 1]))
        #expect(client.closeCode == 4000)
    }

    @Test func noMoreAreToldThanTheBudgetAllowsAndTheOthersWaitTheirTurn() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let clients = try ["a", "b", "c"].map { try bench.session(parts.token, device: $0) }
        #expect(bench.loop.rebalance.step(order(1, budget: 2)).told == ["e2": 2])
        #expect(bench.loop.rebalance.step(order(1, budget: 0)).told.isEmpty)
        #expect(bench.loop.rebalance.step(order(1, budget: 2)).told == ["e2": 1])
        bench.eventLoop.run()
        for client in clients { #expect(client.texts().last?.contains("moving") == true) }
    }

    @Test func aSessionThatHasNotHadItsWelcomeIsToldAfterIt() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        bench.redis.holdBack()
        let client = try bench.session(parts.token)
        #expect(bench.loop.rebalance.step(order(1)) == MoveReport(isDone: false))
        bench.redis.answer()
        client.collect()
        #expect(bench.loop.rebalance.step(order(1)).told == ["e2": 1])
    }

    @Test func inStrictModeWhoCameBackIsLeftAloneForAWhile() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        let now = NIODeadline.now()
        #expect(bench.loop.rebalance.step(order(1, mode: .strict), now: now).told == ["e2": 1])
        try client.send(opcode: 8, [])
        client.collect()
        let again = try bench.session(parts.token)
        let later = bench.loop.rebalance.step(order(2, mode: .strict), now: now + .minutes(4))
        #expect(later == MoveReport(left: ["e2": 1]))
        #expect(bench.loop.rebalance.step(order(3, mode: .strict), now: now + .minutes(6)).told == ["e2": 1])
        #expect(again.closeCode == nil)
    }

    @Test func whoBelongsHereOrOnAnEdgeThatTakesNobodyStays() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        _ = try bench.session(parts.token)
        var home = order(1)
        home.targets = [:]
        #expect(bench.loop.rebalance.step(home) == MoveReport())
        let own = MoveOrder(
            pass: 2, own: "e1", mode: .strict, base: nil, ring: HashRing([.init(id: "e1")]), targets: [:], budget: 9)
        #expect(bench.loop.rebalance.step(own) == MoveReport())
    }
}
