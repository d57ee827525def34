import HTTPTypes
import Hummingbird
import HummingbirdCore
import Messaging
import RedisStreams
import ServiceRuntime

/// `/v1/edges`: which edges are alive, and where a user belongs.
struct EdgeEndpoints {
    /// One edge, as answered.
    struct View: ResponseEncodable {
        var edge: String
        var url: String
        var sessions: Int
        var draining: Bool
        /// When this life of the edge began (ms).
        var since: Int64
    }

    /// All of them, sorted by id.
    struct List: ResponseEncodable {
        var edges: [View]
    }

    /// The edge for a user.
    struct Place: ResponseEncodable {
        var edge: String
        var url: String
    }

    let edges: EdgeBook

    func add(to router: Router<RESTContext>) {
        router.get("/v1/edges") { _, context in
            _ = try context.requireCaller()
            let records = try await edges.read().sorted { $0.key < $1.key }
            return List(
                edges: records.map { edge, record in
                    View(
                        edge: edge, url: record.url, sessions: record.sessions, draining: record.draining,
                        since: record.since)
                })
        }
        router.get("/v1/edges/locate") { request, context in
            _ = try context.requireCaller()
            guard let user = request.uri.queryParameters["user"], Identifier.isValid(user) else {
                throw Problem.badRequest("the query parameter 'user' must be \(Identifier.rule)")
            }
            let records = try await edges.read()
            guard let edge = EdgePlacement.edge(of: String(user), among: records), let record = records[edge] else {
                throw Problem.busy("no edge takes sessions now", retryAfter: 5)
            }
            return Place(edge: edge, url: record.url)
        }
    }
}
