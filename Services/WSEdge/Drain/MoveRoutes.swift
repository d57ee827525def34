import Messaging
import Synchronization

/// Where the sessions of an edge that goes away are sent: each to the edge that its user belongs on without this one, as long as that has room by ``RingBounds``,
/// else on from there along the ring. So they are where they are looked for, and none of the others runs over.
///
/// All edges that live count, also those that are not on the ring yet: when these join it, whoever was sent there is at home.
final class MoveRoutes: Sendable {
    private let ring: HashRing
    private let urls: [String: String]
    /// How many more each edge may be sent. Shared by the event loops.
    private let rooms: Mutex<[String: Int]>

    /// - Parameters:
    ///   - records: the live edges, by id.
    ///   - own: the id of the edge that goes away.
    ///   - leaving: how many sessions it has.
    /// - Returns: nil when there is no other edge, or one without a URL: then nobody can be sent to each of them.
    init?(among records: [String: EdgeRecord], own: String, leaving: Int) {
        let others = records.filter { $0.key != own && !$0.value.draining }
        guard !others.isEmpty, others.values.allSatisfy({ !$0.url.isEmpty }) else { return nil }
        ring = HashRing(others.map { .init(id: $0.key, weight: $0.value.capacity) })
        urls = others.mapValues(\.url)
        let bounds = RingBounds(ring, records: others, adding: max(1, leaving))
        rooms = Mutex(Dictionary(uniqueKeysWithValues: others.keys.map { ($0, bounds.room($0)) }))
    }

    /// How many edges there are to go to.
    var count: Int { urls.count }

    /// Where a session of this user is to go. Who comes when all have been sent what they have room for goes home.
    func url(for user: String) -> String? {
        let ring = ring
        let edge = rooms.withLock { rooms in
            let edge = ring.owner(of: user) { (rooms[$0.id] ?? 0) > 0 }
            if let edge { rooms[edge, default: 0] -= 1 }
            return edge
        }
        return (edge ?? ring.owner(of: user)).flatMap { urls[$0] }
    }
}
