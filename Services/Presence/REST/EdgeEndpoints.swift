import HTTPTypes
import Hummingbird
import HummingbirdCore
import Messaging
import RedisStreams
import ServiceRuntime

/// `/v1/edges`: which edges are alive, the ring, and where a user belongs.
struct EdgeEndpoints {
    /// One edge, as answered.
    struct View: ResponseEncodable {
        var edge: String
        var url: String
        var sessions: Int
        var draining: Bool
        /// Its weight, once it is on the ring.
        var capacity: Int
        /// What it has in relation to what is its due; 1 is even, and above 1.25 nobody is placed on it. 0 where nobody is placed anyway.
        var load: Double
        /// When this life of the edge began (ms).
        var since: Int64
    }

    /// An edge on the ring, as answered.
    struct Member: Encodable {
        var edge: String
        var weight: Int
        /// The part of the ring that belongs to it, 0 to 1.
        var share: Double
        /// Whether it is alive; else its place is kept for a while.
        var live: Bool
    }

    /// The ring, as answered.
    struct RingAnswer: Encodable {
        /// 0 before there was one.
        var version: Int64
        /// When this version was written (ms).
        var changed: Int64
        var edges: [Member]
    }

    /// All of them, sorted by id.
    struct List: ResponseEncodable {
        var edges: [View]
        var ring: RingAnswer
    }

    /// The edge for a user.
    struct Place: ResponseEncodable {
        var edge: String
        var url: String
    }

    let edges: EdgeBook
    let ring: RingBook
    let metrics: PresenceMetrics

    func add(to router: Router<RESTContext>) {
        router.get("/v1/edges") { _, context in
            _ = try context.requireCaller()
            return list(try await edges.read())
        }
        // From memory alone: whoever connects asks this first, also when Redis is slow.
        router.get("/v1/edges/locate") { request, context in
            _ = try context.requireCaller()
            guard let user = request.uri.queryParameters["user"], Identifier.isValid(user) else {
                throw Problem.badRequest("the query parameter 'user' must be \(Identifier.rule)")
            }
            return try place(String(user))
        }
    }

    private func list(_ records: [String: EdgeRecord]) -> List {
        let view = ring.view
        let bounds = RingBounds(view.hash, records: records, adding: 0)
        return List(
            edges: records.sorted { $0.key < $1.key }.map { edge, record in
                View(
                    edge: edge, url: record.url, sessions: record.sessions, draining: record.draining,
                    capacity: record.capacity, load: bounds.load(edge), since: record.since)
            },
            ring: RingAnswer(
                version: view.ring.version, changed: view.ring.changed,
                edges: view.ring.edges.map { edge in
                    Member(
                        edge: edge.id, weight: edge.weight, share: view.shares[edge.id] ?? 0,
                        live: records[edge.id] != nil)
                }))
    }

    private func place(_ user: String) throws -> Place {
        let records = edges.records
        let hash = ring.view.hash
        guard let edge = RingBounds(hash, records: records).edge(for: user, on: hash), let record = records[edge] else {
            metrics.located(.nowhere)
            throw Problem.busy("no edge with a URL of its own takes sessions now", retryAfter: 5)
        }
        metrics.located(edge == hash.owner(of: user) ? .home : .elsewhere)
        return Place(edge: edge, url: record.url)
    }
}
