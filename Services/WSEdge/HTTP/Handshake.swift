import Authentication
import HTTPTypes
import Messaging
import NIOCore
import NIOHTTP1
import ServiceRuntime

/// A request to become a session, checked: everything but the WebSocket handshake itself.
struct Handshake {
    static let subprotocol = "switchboard.v1"
    /// The same frames in CBOR.
    static let subprotocolCBOR = "switchboard.v1.cbor"

    let device: String
    private(set) var cursor: MessageID?
    /// Whether `0` was given: all that is held. `0-0` is a place like any other, that of an inbox in which nothing had been yet.
    private(set) var fromStart: Bool
    /// Who it is; nil when the first frame is to say so.
    let token: Identity?
    /// The subprotocol to confirm.
    let confirmed: String?

    /// Checks a request.
    /// - Throws: ``Problem``, the answer.
    init(
        _ head: HTTPRequestHead, target: RequestTarget, verify: (String) throws(AuthenticationError) -> Identity
    ) throws(Problem) {
        confirmed = try Self.subprotocol(head)
        token = try Self.token(head, target).map { text throws(Problem) in
            do throws(AuthenticationError) { return try verify(text) } catch {
                throw Problem(.unauthorized, code: "unauthorized", detail: "\(error)")
            }
        }
        guard let device = target.value("device"), !device.isEmpty else {
            throw Problem(
                .badRequest, code: "bad_request",
                detail:
                    "query parameter 'device' is missing: give an id of the client's installation, \(Identifier.rule)")
        }
        guard Identifier.isValid(device) else {
            throw Problem(
                .badRequest, code: "bad_request", detail: "query parameter 'device' must be \(Identifier.rule)")
        }
        self.device = device
        guard let text = target.value("cursor") else {
            cursor = nil
            fromStart = false
            return
        }
        (cursor, fromStart) = try Self.cursor(text)
    }

    static func cursor(_ text: String) throws(Problem) -> (MessageID, fromStart: Bool) {
        guard let cursor = MessageID(text) else {
            throw Problem(
                .badRequest, code: "bad_request",
                detail: "query parameter 'cursor' must be a cursor of the form <ms>-<n>, or 0 for all that is held")
        }
        return (cursor, text == "0")
    }

    /// Checks a request with the edge's keys.
    init(_ head: HTTPRequestHead, target: RequestTarget, _ environment: EdgeEnvironment) throws(Problem) {
        try self.init(head, target: target) { (text) throws(AuthenticationError) in
            try environment.verifier.identity(of: text)
        }
    }

    /// The same, resumed after what an `EventSource` says it had last: that is newer than the cursor in its address.
    func resumed(after lastEventID: String?) throws(Problem) -> Handshake {
        guard let lastEventID, !lastEventID.isEmpty else { return self }
        guard let cursor = MessageID(lastEventID) else {
            throw Problem(
                .badRequest, code: "bad_request",
                detail: "header Last-Event-ID must be a cursor of the form <ms>-<n>, as 'id' of an event was")
        }
        var handshake = self
        handshake.cursor = cursor
        handshake.fromStart = lastEventID == "0"
        return handshake
    }

    static func token(_ head: HTTPRequestHead, _ target: RequestTarget) throws(Problem) -> String? {
        guard let header = head.headers.first(name: "authorization") else { return target.value("token") }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw Problem(
                .unauthorized, code: "unauthorized", detail: "header Authorization must be 'Bearer' and a token")
        }
        return String(parts[1].drop { $0 == " " })
    }

    private static func subprotocol(_ head: HTTPRequestHead) throws(Problem) -> String? {
        let offered = head.headers[canonicalForm: "sec-websocket-protocol"]
        guard !offered.isEmpty else { return nil }
        // The client's order is that of its wishes (RFC 6455, section 4.1).
        guard let first = offered.first(where: { [subprotocol[...], subprotocolCBOR[...]].contains($0) }) else {
            throw Problem(
                .badRequest, code: "bad_request",
                detail:
                    "header Sec-WebSocket-Protocol offers nothing that is spoken here: offer \(subprotocol) or \(subprotocolCBOR)"
            )
        }
        return String(first)
    }
}
