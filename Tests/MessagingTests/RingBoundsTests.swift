import Messaging
import Testing

@Suite struct RingBoundsTests {
    private func record(_ sessions: Int, url: String = "ws://e/ws", draining: Bool = false) -> EdgeRecord {
        EdgeRecord(incarnation: "e:x", url: url, sessions: sessions, draining: draining, since: 0, expires: 0)
    }

    /// Places users one by one; the sessions of each edge at the end.
    private func fill(_ ring: HashRing, users: Int, skewed: Bool = false) -> [String: Int] {
        var records = Dictionary(uniqueKeysWithValues: ring.edges.map { ($0.id, record(0)) })
        for number in 0..<users {
            // All at one place of the ring, as far as that can be had: many sessions of few users.
            let user = skewed ? "user-\(number % 3)" : "user-\(number)"
            let edge = RingBounds(ring, records: records).edge(for: user, on: ring) ?? ""
            records[edge]?.sessions += 1
        }
        return records.mapValues(\.sessions)
    }

    @Test(arguments: [2, 3, 5, 8])
    func noEdgeHasMoreThanAQuarterAboveTheMean(_ count: Int) {
        let ring = HashRing((1...count).map { .init(id: "edge-\($0)") })
        for skewed in [false, true] {
            let sessions = fill(ring, users: 2000, skewed: skewed)
            #expect(sessions.values.reduce(0, +) == 2000)
            let bound = 2000.0 / Double(count) * 1.25 + 1
            #expect(sessions.values.allSatisfy { Double($0) <= bound }, "\(sessions)")
        }
    }

    @Test func theBoundIsByWeight() {
        let ring = HashRing([.init(id: "small", weight: 5), .init(id: "large", weight: 15)])
        let sessions = fill(ring, users: 2000, skewed: true)
        #expect(Double(sessions["small"] ?? 0) <= 500 * 1.25 + 1)
        #expect(Double(sessions["large"] ?? 0) <= 1500 * 1.25 + 1)
    }

    @Test func withRoomEverybodyIsPlacedAtHome() {
        let ring = HashRing([.init(id: "a"), .init(id: "b"), .init(id: "c")])
        let records = ["a": record(1000), "b": record(1000), "c": record(1000)]
        let bounds = RingBounds(ring, records: records)
        for number in 0..<500 {
            #expect(bounds.edge(for: "user-\(number)", on: ring) == ring.owner(of: "user-\(number)"))
        }
        #expect(bounds.load("a") < 1 && bounds.room("a") == 251)
    }

    @Test func edgesThatTakeNoSessionsAreNotNamedAndGiveTheirShareToTheOthers() {
        let ring = HashRing([.init(id: "a"), .init(id: "b"), .init(id: "c"), .init(id: "gone")])
        let records = [
            "a": record(5, draining: true), "b": record(5, url: ""), "c": record(5), "candidate": record(900),
        ]
        let bounds = RingBounds(ring, records: records)
        #expect((0..<100).allSatisfy { bounds.edge(for: "user-\($0)", on: ring) == "c" })
        #expect(bounds.due("c") == 6 && bounds.due("a") == 0 && !bounds.takes("gone") && !bounds.takes("candidate"))
        #expect(bounds.limit("b") == 0 && bounds.load("b") == 0)
        #expect(RingBounds(ring, records: [:]).edge(for: "alice", on: ring) == nil)
    }

    @Test func thoseWhoStayHaveRoomForAllOfOneThatGoes() {
        let ring = HashRing((1...4).map { .init(id: "edge-\($0)") })
        let records = [
            "edge-1": record(10_000), "edge-2": record(9000), "edge-3": record(100), "edge-4": record(2000),
        ]
        let bounds = RingBounds(ring, records: records, adding: 10_000, leaving: "edge-1")
        #expect(!bounds.takes("edge-1"))
        #expect(["edge-2", "edge-3", "edge-4"].reduce(0) { $0 + bounds.room($1) } >= 10_000)
    }
}
