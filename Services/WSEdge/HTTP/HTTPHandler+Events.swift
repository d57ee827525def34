import Authentication
import HTTPTypes
import Messaging
import NIOCore
import NIOHTTP1
import ServiceRuntime

/// Requests for Server-Sent Events, see ``EventStream``.
extension HTTPHandler {
    private static let methods = "GET, HEAD, OPTIONS"

    func events(_ head: HTTPRequestHead, _ target: RequestTarget) {
        var shared: [(String, String)] = []
        do throws(Problem) {
            try checkOrigin(head)
            // Whoever is let in may read the answer, of whatever kind it is.
            if let origin = head.headers.first(name: "origin") {
                shared = [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]
            }
            switch head.method {
            case .GET: try checkRoom()
            case .HEAD:
                _ = try listener(head, target)
                return respond(SiteResponse(status: 200, headers: EventStream.headers + shared, body: .init()))
            case .OPTIONS: return preflight(shared)
            default:
                return respond(
                    SiteResponse(
                        Problem(
                            .methodNotAllowed, code: "bad_request",
                            detail: "events are listened to with GET: send over a WebSocket or POST /v1/messages")
                    ).adding([("Allow", Self.methods)] + shared))
            }
        } catch {
            return refuse(error, shared)
        }
        loop.admission.ask(WaitingHandshake(handler: self) { [self] in admitted(head, target, shared) })
    }

    private func admitted(_ head: HTTPRequestHead, _ target: RequestTarget, _ headers: [(String, String)]) {
        do throws(Problem) {
            let (handshake, token) = try listener(head, target)
            try takePlace()
            loop.environment.metrics.count(.accepted)
            EventStream(handshake, token: token, stream: makeStream(), loop: loop, headers: headers).start()
        } catch {
            refuse(error, headers)
        }
    }

    private func listener(
        _ head: HTTPRequestHead, _ target: RequestTarget
    ) throws(Problem) -> (Handshake, Identity) {
        let handshake = try Handshake(head, target: target, loop.environment)
            .resumed(after: head.headers.first(name: "last-event-id"))
        guard let token = handshake.token else {
            throw Problem(
                .unauthorized, code: "unauthorized",
                detail: "a token is needed: as header Authorization: Bearer, or query parameter 'token'")
        }
        return (handshake, token)
    }

    /// What a page of another origin may ask, for those who read events by `fetch`.
    private func preflight(_ headers: [(String, String)]) {
        respond(
            SiteResponse(
                status: 204,
                headers: headers + [
                    ("Allow", Self.methods), ("Access-Control-Allow-Methods", Self.methods),
                    ("Access-Control-Allow-Headers", "Authorization, Last-Event-ID, Cache-Control"),
                    ("Access-Control-Max-Age", "600"),
                ], body: .init()))
    }
}
