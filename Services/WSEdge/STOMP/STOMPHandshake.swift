import Authentication
import HTTPTypes
import Messaging
import NIOCore
import NIOHTTP1
import STOMP
import ServiceRuntime

/// A request for a connection that speaks STOMP, checked. What it says, CONNECT may say as well, and then holds.
struct STOMPHandshake {
    /// Who it is; nil when CONNECT is to say so.
    var token: Identity?
    var device: String?
    var cursor: MessageID?
    /// Whether `0` was given: all that is held.
    var fromStart = false
    /// The version of the subprotocol to confirm; nil when none was offered.
    var version: STOMPVersion?

    /// Where STOMP is spoken by itself.
    static let path = "/stomp"

    /// Where it is spoken, given where an edge speaks JSON (`EDGE_PUBLIC_URL`); nil when that cannot be told.
    static func address(of url: String) -> String? { url.hasSuffix("/ws") ? String(url.dropLast(3)) + path : nil }

    /// One that says nothing.
    init() {}

    /// Checks a request.
    /// - Throws: ``Problem``, the answer.
    init(_ head: HTTPRequestHead, target: RequestTarget, _ environment: EdgeEnvironment) throws(Problem) {
        let offered = head.headers[canonicalForm: "sec-websocket-protocol"]
        version = STOMPVersion.highest(ofSubprotocols: offered)
        guard version != nil || offered.isEmpty else {
            throw Problem(
                .badRequest, code: "bad_request",
                detail:
                    "header Sec-WebSocket-Protocol offers nothing that is spoken here: offer v12.stomp, v11.stomp or v10.stomp, or nothing"
            )
        }
        token = try Handshake.token(head, target).map { text throws(Problem) in
            do throws(AuthenticationError) { return try environment.verifier.identity(of: text) } catch {
                throw Problem(.unauthorized, code: "unauthorized", detail: "\(error)")
            }
        }
        if let device = target.value("device") {
            guard Identifier.isValid(device) else {
                throw Problem(
                    .badRequest, code: "bad_request", detail: "query parameter 'device' must be \(Identifier.rule)")
            }
            self.device = device
        }
        if let text = target.value("cursor") { (cursor, fromStart) = try Handshake.cursor(text) }
    }
}
