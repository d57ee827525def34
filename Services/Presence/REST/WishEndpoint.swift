import FoundationEssentials
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Messaging
import NIOCore
import RedisStreams
import ServiceRuntime

/// `PUT /v1/presence/me`: what a user wants to be seen as.
struct WishEndpoint {
    private struct Body: Decodable {
        var status: String
        var text: String?
    }

    let redis: RedisConnection
    let keys: Keys
    let edges: EdgeBook
    let tidings: Tidings
    let metrics: PresenceMetrics
    let reader: PresenceReader

    func add(to router: Router<RESTContext>) {
        router.put("/v1/presence/me") { request, context in
            let user = try context.requireCaller().user
            let body = try await request.body.collect(upTo: RESTContext.maximumBodySize)
            let wish = try Self.wish(Array(body.readableBytesView))
            let reply = try PresenceWishScript.reply(
                await redis.execute(
                    PresenceWishScript.command(keys: keys, user: user, mode: wish.mode, text: wish.text)))
            if reply.isChanged {
                metrics.wished()
                // It holds; whom this does not reach reads it again.
                if let live = try? await edges.liveIncarnations() {
                    await tidings.tellEdges([(user, reply.view, reply.watchers)], live: live)
                }
            }
            return try await reader.views(of: [user], for: user)[0]
        }
    }

    /// What a body says.
    static func wish(_ body: [UInt8]) throws(Problem) -> (mode: PresenceView.Mode, text: String) {
        guard let body = try? JSONDecoder().decode(Body.self, from: Data(body)) else {
            throw .badRequest(
                "the body must be {\"status\":\"online\"|\"away\"|\"invisible\",\"text\":\"…\"}; 'text' may be left out"
            )
        }
        guard let mode = PresenceView.Mode(rawValue: body.status) else {
            throw .badRequest("field 'status' must be online, away or invisible")
        }
        let text = body.text ?? ""
        guard PresenceView.isValid(text: text) else {
            throw .badRequest("field 'text' must be \(PresenceView.textRule)")
        }
        return (mode, text)
    }
}
