import Messaging
import Testing

@testable import WSEdge

@Suite struct RebalanceTests {
    private let users = (0..<6000).map { "user-\($0)" }

    /// Three edges with everybody at home, and their records fresh.
    private func fleet(_ mode: RingMode = .loose, rate: Double = 200, seed: UInt64 = 1) -> RebalanceFleet {
        let fleet = RebalanceFleet(["a", "b", "c"], mode: mode, rate: rate, seed: seed)
        for user in users { fleet.connect(user) }
        fleet.renewAll()
        fleet.pass(seconds: 35)
        fleet.settle()
        #expect(fleet.moves.isEmpty)
        return fleet
    }

    @Test(arguments: 1...5) func whoBelongsOnAnEdgeThatJoinsMovesThereAndNobodyElse(_ seed: UInt64) {
        let fleet = fleet(seed: seed)
        fleet.add("d")
        fleet.setRing(["a", "b", "c", "d"])
        fleet.settle()
        #expect(!fleet.isMoving)
        #expect(fleet.moves.allSatisfy { $0.to == "d" && fleet.view.owner(of: $0.user) == "d" })
        let due = users.count { fleet.view.owner(of: $0) == "d" }
        #expect(fleet.moves.count == due && fleet.edges["d"]?.users.count == due)
        #expect(Double(due) <= 6000.0 / 4 * 1.2)
        #expect(Set(fleet.moves.map(\.user)).count == fleet.moves.count)
    }

    @Test func noMoreThanTheRateIsToldEachSecond() {
        let fleet = fleet(rate: 50)
        fleet.add("d")
        fleet.setRing(["a", "b", "c", "d"])
        let begin = fleet.time
        fleet.settle()
        // What steps of 200 ms leave over comes on top once.
        #expect(fleet.mostToldInASecond <= 50 + 25)
        // About 500 each, at 50 a second.
        let seconds = (fleet.time - begin) / 5
        #expect((9...25).contains(seconds), "\(seconds) s")
    }

    @Test func edgesThatStartTogetherMoveNobodyBetweenThem() {
        let fleet = RebalanceFleet(["a"])
        for user in users.prefix(1000) { fleet.connect(user) }
        fleet.pass(seconds: 10)
        fleet.add("b")
        fleet.setRing(["a", "b"])
        fleet.settle()
        fleet.pass(seconds: 60)
        #expect(fleet.moves.isEmpty)
    }

    @Test func edgesThatLeaveMoveNobodyHere() {
        let fleet = fleet()
        fleet.die("c")
        fleet.setRing(["a", "b"])
        for user in users.suffix(500) { fleet.connect(user, to: "a") }
        fleet.settle()
        #expect(fleet.moves.isEmpty)
    }

    @Test func whoIsNotAtHomeStaysUnlessTheRingIsStrict() {
        for mode in RingMode.allCases {
            let fleet = RebalanceFleet(["a", "b", "c"], mode: mode)
            for (number, user) in users.enumerated() { fleet.connect(user, to: ["a", "b", "c"][number % 3]) }
            fleet.pass(seconds: 25)
            #expect(fleet.moves.isEmpty, "an edge that has just come is sent nobody")
            fleet.pass(seconds: 120)
            let strays = fleet.edges.reduce(0) { count, edge in
                count + edge.value.users.count { fleet.view.owner(of: $0) != edge.key }
            }
            #expect(mode == .strict ? strays == 0 : strays > 3000)
            #expect(fleet.moves.isEmpty == (mode == .loose))
        }
    }

    @Test func whoIsNotAtHomeMovesToAnEdgeThatJoinsAllTheSame() {
        let fleet = RebalanceFleet(["a", "b"])
        for (number, user) in users.enumerated() { fleet.connect(user, to: number % 2 == 0 ? "a" : "b") }
        fleet.renewAll()
        fleet.pass(seconds: 35)
        fleet.add("c")
        fleet.setRing(["a", "b", "c"])
        fleet.settle()
        #expect(fleet.moves.count == users.count { fleet.view.owner(of: $0) == "c" })
        #expect(fleet.moves.allSatisfy { $0.to == "c" })
    }

    @Test func anEdgeIsNotSentMoreThanItsBound() {
        // Nearly everybody belongs on the edge that joins: the ring is even, the users are not.
        let fleet = RebalanceFleet(["a", "b", "c"])
        let later = HashRing(["a", "b", "c", "d"].map { .init(id: $0) })
        let mine = (0..<60_000).map { "user-\($0)" }.filter { later.owner(of: $0) == "d" }.prefix(6000)
        for user in mine { fleet.connect(user) }
        fleet.renewAll()
        fleet.pass(seconds: 35)
        fleet.add("d")
        fleet.setRing(["a", "b", "c", "d"])
        fleet.settle()
        let bound = Double(mine.count) / 4 * 1.25
        let held = Double(fleet.edges["d"]?.users.count ?? 0)
        #expect(held >= bound * 0.95 && held <= bound * 1.05, "\(held) of \(bound)")
        #expect(!fleet.isMoving)
    }

    @Test func whileReconnectsAreSlowFewerAreTold() {
        let fleet = fleet(rate: 20)
        fleet.add("d", intake: 3)
        fleet.setRing(["a", "b", "c", "d"])
        fleet.pass(seconds: 15)
        let rates = fleet.edges.values.map(\.machine.rate).filter { $0 > 0 }
        #expect(!rates.isEmpty && rates.allSatisfy { $0 <= 10 }, "\(rates)")
        let slow = fleet.moves.count
        fleet.limit("d", intake: .max)
        fleet.settle()
        #expect(fleet.moves.count > slow && fleet.moves.allSatisfy { $0.to == "d" })
        #expect(!fleet.isMoving)
    }

    @Test func anEdgeThatJoinsAndDiesKeepsNobodyWaiting() {
        let fleet = fleet()
        fleet.add("d")
        fleet.setRing(["a", "b", "c", "d"])
        fleet.pass(seconds: 3)
        fleet.die("d")
        fleet.settle(seconds: 60)
        #expect(!fleet.isMoving)
        #expect(fleet.moves.allSatisfy { $0.to == "d" })
    }

    @Test func anEdgeWithoutAURLIsSentNobody() {
        let fleet = fleet()
        fleet.add("d")
        fleet.hide("d")
        fleet.setRing(["a", "b", "c", "d"])
        fleet.settle(seconds: 60)
        #expect(fleet.moves.isEmpty && !fleet.isMoving)
    }

    @Test func twoThatJoinOneAfterTheOtherEachGetTheirs() {
        let fleet = fleet(rate: 10)
        fleet.add("d")
        fleet.setRing(["a", "b", "c", "d"])
        fleet.pass(seconds: 35)
        #expect(fleet.isMoving)
        fleet.add("e")
        fleet.setRing(["a", "b", "c", "d", "e"])
        fleet.settle()
        #expect(fleet.moves.allSatisfy { ["d", "e"].contains($0.to) })
        for (id, edge) in fleet.edges {
            let astray = edge.users.count { fleet.view.owner(of: $0) != id }
            // Who was on the way to the first when the second came.
            #expect(astray <= (id == "d" ? 100 : 0), "\(astray) on \(id)")
        }
    }

    @Test func moreWeightTakesItsShare() {
        let ring = HashRing([.init(id: "a"), .init(id: "b")])
        let heavier = HashRing([.init(id: "a"), .init(id: "b", weight: 30)])
        let order = MoveOrder(
            pass: 1, own: "a", mode: .loose, base: ring, ring: heavier,
            targets: ["b": .init(url: "ws://b/ws", budget: 10)], budget: 10)
        for user in users.prefix(1000) {
            let isMoved = ring.owner(of: user) == "a" && heavier.owner(of: user) == "b"
            #expect(order.decide(user) == (isMoved ? .move(edge: "b", url: "ws://b/ws") : .stay))
        }
    }
}

@Suite struct MoveRoutesTests {
    private func record(_ sessions: Int, url: String = "ws://e/ws", draining: Bool = false) -> EdgeRecord {
        EdgeRecord(incarnation: "e:x", url: url, sessions: sessions, draining: draining, since: 0, expires: 0)
    }

    private let users = (0..<3000).map { "user-\($0)" }

    @Test func eachSessionGoesWhereItsUserBelongsWithoutTheEdge() throws {
        let records = ["own": record(3000), "a": record(3000, url: "ws://a"), "b": record(3000, url: "ws://b")]
        let routes = try #require(MoveRoutes(among: records, own: "own", leaving: 3000))
        let ring = HashRing([.init(id: "a"), .init(id: "b")])
        #expect(routes.count == 2)
        #expect(users.allSatisfy { routes.url(for: $0) == "ws://\(ring.owner(of: $0) ?? "")" })
    }

    @Test func anEdgeThatIsFullIsSentNoMore() throws {
        let records = [
            "own": record(3000), "a": record(5000, url: "ws://a"), "b": record(0, url: "ws://b"),
            "going": record(0, url: "ws://going", draining: true),
        ]
        let routes = try #require(MoveRoutes(among: records, own: "own", leaving: 3000))
        // 4,000 each is due, 5,000 the bound.
        #expect(users.allSatisfy { routes.url(for: $0) == "ws://b" })
        // And who still comes is not left without an answer.
        let more = Set((0..<6000).map { routes.url(for: "more-\($0)") })
        #expect(!more.contains(nil))
    }

    @Test func withoutURLsOrOtherEdgesThereIsNoWayByTheRing() {
        #expect(MoveRoutes(among: ["own": record(5)], own: "own", leaving: 5) == nil)
        #expect(MoveRoutes(among: ["a": record(5), "b": record(5, url: "")], own: "own", leaving: 5) == nil)
        #expect(MoveRoutes(among: ["going": record(5, draining: true)], own: "own", leaving: 5) == nil)
    }
}
