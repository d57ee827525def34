import Messaging
import Testing

@testable import Presence

/// A ring, its edges and a clock, in the test's hands. Hysteresis is 30 s.
private final class World {
    private var machine = RingStateMachine(hysteresis: .seconds(30))
    private let start = ContinuousClock.now
    private var seconds = 0
    private(set) var ring = Ring.none
    private(set) var records: [String: EdgeRecord] = [:]
    /// The members after each change.
    private(set) var changes: [[String]] = []

    /// An edge lives, from now on.
    func live(_ edge: String, capacity: Int = 10) {
        records[edge] = EdgeRecord(
            incarnation: "\(edge):x", url: "ws://\(edge)/ws", sessions: 0, draining: false, capacity: capacity,
            since: time, expires: 0)
    }

    func drain(_ edge: String) { records[edge]?.draining = true }
    func die(_ edge: String) { records[edge] = nil }
    /// Another presence takes over.
    func takeOver() { machine = RingStateMachine(hysteresis: .seconds(30)) }
    func lose(to ring: Ring) { self.ring = ring }

    private var time: Int64 { 1_000_000 + Int64(seconds) * 1000 }

    /// Looks each second, for so long.
    func pass(_ count: Int = 1) {
        for _ in 0..<count {
            look()
            seconds += 1
        }
    }

    @discardableResult
    func look() -> RingStateMachine.Action {
        let action = machine.look(
            ring: ring, records: records, redisTime: time, now: start + .seconds(seconds))
        if case .write(let edges, let version, let expected) = action {
            #expect(expected == ring.version && version > ring.version)
            ring = Ring(version: version, edges: edges, changed: time)
            changes.append(edges.map(\.id))
        }
        return action
    }

    var members: [String] { ring.edges.map(\.id) }
}

@Suite struct RingStateMachineTests {
    /// Edges a, b and c, long alive.
    private func world() -> World {
        let world = World()
        for edge in ["a", "b", "c"] { world.live(edge) }
        world.pass(100)
        #expect(world.members == ["a", "b", "c"] && world.ring.version == 1)
        return world
    }

    @Test func edgesThatStartTogetherFormTheRingAtOnce() {
        let world = World()
        world.live("a")
        world.pass(3)
        world.live("b")
        world.pass(20)
        world.live("c")
        world.pass()
        #expect(world.changes == [["a"], ["a", "b"], ["a", "b", "c"]])
    }

    @Test func aNewEdgeJoinsWhenItHasBeenAliveForAWhile() {
        let world = world()
        world.live("d")
        world.pass(30)
        #expect(world.members == ["a", "b", "c"])
        world.pass()
        #expect(world.members == ["a", "b", "c", "d"] && world.ring.version == 2)
    }

    @Test func anEdgeThatStartsAgainAndAgainNeverJoins() {
        let world = world()
        for _ in 0..<20 {
            world.live("d")
            world.pass(25)
            world.die("d")
            world.pass(5)
        }
        #expect(world.ring.version == 1)
    }

    @Test func anEdgeThatIsGoneForLessThanAWhileMovesNothing() {
        let world = world()
        for _ in 0..<20 {
            world.die("b")
            world.pass(28)
            world.live("b")
            world.pass(2)
        }
        #expect(world.members == ["a", "b", "c"] && world.ring.version == 1)
    }

    @Test func anEdgeThatIsGoneForLongLeavesAndWaitsToJoinAgain() {
        let world = world()
        world.die("b")
        world.pass(30)
        #expect(world.members == ["a", "b", "c"])
        world.pass()
        #expect(world.members == ["a", "c"])
        world.live("b")
        world.pass(30)
        #expect(world.members == ["a", "c"])
        world.pass()
        #expect(world.members == ["a", "b", "c"] && world.ring.version == 3)
    }

    @Test func anEdgeOnItsWayOutLeavesAtOnceAndOnce() {
        let world = world()
        world.drain("b")
        world.pass()
        #expect(world.members == ["a", "c"])
        world.die("b")
        world.pass(100)
        #expect(world.ring.version == 2)
    }

    @Test func whereAllAreGoneTheNextOneJoinsAtOnce() {
        let world = world()
        for edge in ["a", "b", "c"] { world.die(edge) }
        world.pass(5)
        world.live("d")
        world.pass()
        // The others keep their places: they may be back in a moment.
        #expect(world.members == ["a", "b", "c", "d"])
        world.pass(40)
        #expect(world.members == ["d"])
    }

    @Test func theOnlyEdgeThatIsReplacedLeavesTheRingToTheNext() {
        let world = World()
        world.live("a")
        world.pass(100)
        world.drain("a")
        world.pass()
        world.die("a")
        world.live("b")
        world.pass()
        #expect(world.changes == [["a"], [], ["b"]])
    }

    @Test func aPresenceThatTakesOverGivesTheGoneTheWholeTimeAgain() {
        let world = world()
        world.die("b")
        world.pass(20)
        world.takeOver()
        world.pass(30)
        #expect(world.members == ["a", "b", "c"])
        world.pass()
        #expect(world.members == ["a", "c"])
    }

    @Test func aWeightIsChangedAtOnce() {
        let world = world()
        world.live("b", capacity: 40)
        world.pass()
        #expect(world.ring.edges[1] == HashRing.Edge(id: "b", weight: 40) && world.ring.version == 2)
        // Where it is gone it stands with the weight it had.
        world.die("b")
        world.pass()
        #expect(world.ring.version == 2)
    }

    @Test func versionsNeverComeTwiceAlsoWhenRedisHasAnOlderState() {
        let world = world()
        let old = world.ring
        world.drain("b")
        world.pass()
        #expect(world.ring.version == 2)
        world.lose(to: old)
        world.pass()
        #expect(world.members == ["a", "c"] && world.ring.version == 3)
        world.lose(to: .none)
        world.pass()
        #expect(world.members == ["a", "c"] && world.ring.version == 4)
    }

    @Test func withoutEdgesThereIsNothingToWrite() {
        #expect(World().look() == .none)
    }

    /// Whatever edges do at random: the ring changes at most once in each while for each edge, and in the end holds those that live.
    @Test(arguments: 0..<50)
    func edgesThatComeAndGoAtRandomShakeTheRingNoMoreThanTheyMay(_ seed: Int) {
        var generator = Generator(state: UInt64(seed))
        let world = world()
        let edges = ["a", "b", "c", "d", "e"]
        for _ in 0..<600 {
            let edge = edges[Int.random(in: 0..<edges.count, using: &generator)]
            if edge != "a" {
                if world.records[edge] == nil { world.live(edge) } else { world.die(edge) }
            }
            world.pass(Int.random(in: 1...8, using: &generator))
        }
        for (before, after) in zip(world.changes, world.changes.dropFirst()) {
            #expect(!Set(before).symmetricDifference(after).contains("a"))
        }
        world.pass(62)
        #expect(world.members == world.records.keys.sorted())
    }

    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }
}
