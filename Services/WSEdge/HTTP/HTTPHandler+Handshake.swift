import Authentication
import HTTPTypes
import Logging
import Messaging
import NIOCore
import NIOHTTP1
import NIOWebSocket
import STOMP
import ServiceRuntime
import WebSocketFrames

/// Requests for a WebSocket.
extension HTTPHandler {
    /// Nothing is asked of the upgrader but the answer's headers: what may be upgraded is checked here.
    private static let upgrader = NIOWebSocketServerUpgrader(
        shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
        upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })

    /// The version of the WebSocket protocol that RFC 6455 is.
    static let currentVersion = "13"

    func handshake(_ head: HTTPRequestHead, _ target: RequestTarget) {
        do throws(Problem) {
            try checkUpgrade(head)
            try checkOrigin(head)
            try checkRoom()
        } catch {
            return refuse(error)
        }
        loop.admission.ask(WaitingHandshake(handler: self) { [self] in admitted(head, target) })
    }

    /// There is a place: checks what costs more, and goes on.
    private func admitted(_ head: HTTPRequestHead, _ target: RequestTarget) {
        do throws(Problem) {
            let environment = loop.environment
            if target.path == STOMPHandshake.path {
                let handshake = try STOMPHandshake(head, target: target, environment)
                return try begin(
                    head, peer: STOMPPeer(handshake: handshake, loop: loop),
                    limit: environment.configuration.stomp.limits.messageBytes,
                    subprotocol: handshake.version?.subprotocol)
            }
            let handshake = try Handshake(head, target: target, environment)
            let json = JSONPeer(handshake: handshake, loop: loop)
            let isCBOR = handshake.confirmed == Handshake.subprotocolCBOR
            let peer: any MessagePeer = isCBOR ? CBORPeer(json, shared: loop.cbor) : json
            try begin(head, peer: peer, limit: environment.configuration.messageLimit, subprotocol: handshake.confirmed)
        } catch {
            refuse(error)
        }
    }

    func echo(_ head: HTTPRequestHead) {
        do throws(Problem) {
            try checkUpgrade(head)
            try checkOrigin(head)
            try begin(head, peer: EchoPeer(), limit: EchoPeer.limit, subprotocol: nil)
        } catch {
            refuse(error)
        }
    }

    // MARK: Checks

    /// - Parameter versions: Those of the protocol that may be spoken. The first is named to who speaks none of them.
    func checkUpgrade(_ head: HTTPRequestHead, versions: [String] = [currentVersion]) throws(Problem) {
        let upgrade = head.headers[canonicalForm: "upgrade"].map { $0.lowercased() }
        let connection = head.headers[canonicalForm: "connection"].map { $0.lowercased() }
        guard head.method == .GET, head.version == .http1_1, upgrade.contains("websocket"),
            connection.contains("upgrade")
        else {
            throw Problem(
                .upgradeRequired, code: "bad_request", detail: "this is a WebSocket: ask for an upgrade to websocket")
        }
        let version = head.headers[canonicalForm: "sec-websocket-version"]
        guard version.count == 1, versions.contains(String(version[0])) else {
            throw Problem(
                .upgradeRequired, code: "bad_request", detail: "header Sec-WebSocket-Version must be \(versions[0])")
        }
        let keys = head.headers["sec-websocket-key"]
        guard keys.count == 1, keys[0].utf8.count == 24 else {
            throw Problem(
                .badRequest, code: "bad_request", detail: "header Sec-WebSocket-Key must be 16 bytes in base64, once")
        }
    }

    /// - Parameter name: The header that says where a page is from.
    func checkOrigin(_ head: HTTPRequestHead, in name: String = "origin") throws(Problem) {
        let policy = OriginPolicy(allowed: loop.environment.configuration.allowedOrigins)
        guard policy.allows(origin: head.headers.first(name: name), host: head.headers.first(name: "host")) else {
            throw Problem(
                .forbidden, code: "forbidden",
                detail: "pages of this origin may not connect: an operator can add it to ALLOWED_ORIGINS")
        }
    }

    func checkRoom() throws(Problem) {
        if loop.environment.isDraining {
            throw Problem(
                .serviceUnavailable, code: "busy", detail: "the edge is going away: connect again", retryAfter: 1)
        }
        guard loop.redis.isConnected, loop.hasLease else {
            throw Problem(
                .serviceUnavailable, code: "busy", detail: "the edge cannot reach Redis: connect again later",
                retryAfter: .random(in: 1...5))
        }
        guard loop.handshakes.take(.frame, now: .now()) == nil else {
            throw Problem(
                .tooManyRequests, code: "rate_limited", detail: "too many handshakes: connect again later",
                retryAfter: .random(in: 1...5))
        }
    }

    /// Takes one of the edge's connections: `connectionEnded()` gives it back.
    func takePlace() throws(Problem) {
        guard loop.environment.connectionBegins() else {
            throw Problem(
                .serviceUnavailable, code: "busy", detail: "the edge is full: connect again later",
                retryAfter: .random(in: 1...5))
        }
    }

    // MARK: Answers

    /// There is no place.
    func refuseForNow(after seconds: Int) { refuse(Self.tooMany(after: seconds)) }

    static func tooMany(after seconds: Int) -> Problem {
        Problem(
            .serviceUnavailable, code: "busy", detail: "too many are connecting now: connect again later",
            retryAfter: seconds)
    }

    func refuse(_ problem: Problem, _ headers: [(String, String)] = []) {
        // The decoder takes no further request after one that asked for an upgrade.
        respond(SiteResponse(noted(problem)).adding(headers), closes: true)
    }

    /// Counts and logs that a handshake is refused.
    func noted(_ problem: Problem) -> Problem {
        let result: WSEdgeMetrics.Handshake =
            switch problem.status {
            case .unauthorized: .unauthorized
            case .forbidden: .forbidden
            case .tooManyRequests: .tooMany
            case .serviceUnavailable: .unavailable
            default: .badRequest
            }
        loop.environment.metrics.count(result)
        // The reason is of the edge's making; nothing of the request is logged, least of all its token.
        loop.environment.logger.log(
            level: result == .unauthorized || result == .forbidden ? .info : .debug, "a handshake was refused",
            metadata: ["status": "\(problem.status.code)", "reason": "\(problem.detail)"])
        return problem
    }

    /// Answers 101 and makes the channel a WebSocket.
    func begin(
        _ head: HTTPRequestHead, peer: any MessagePeer, limit: Int, subprotocol: String?
    ) throws(Problem) {
        guard let context else { return }
        try takePlace()
        // The upgrader knows the current version only, and computes the same for those that were let in besides.
        var request = head
        request.headers.replaceOrAdd(name: "sec-websocket-version", value: Self.currentVersion)
        Self.upgrader.buildUpgradeResponse(
            channel: context.channel, upgradeRequest: request, initialResponseHeaders: [:]
        ).assumeIsolated().whenComplete { [self] result in
            guard case .success(var headers) = result, self.context != nil else {
                loop.environment.connectionEnded()
                return context.close(promise: nil)
            }
            if let subprotocol { headers.add(name: "Sec-WebSocket-Protocol", value: subprotocol) }
            let compression = loop.compression?.agree(on: head.headers["sec-websocket-extensions"])
            if let compression { headers.add(name: "Sec-WebSocket-Extensions", value: compression.answer) }
            become(WebSocketConnection(loop: loop, peer: peer, limit: limit, compression: compression), headers)
        }
    }

    private func become(_ connection: WebSocketConnection, _ headers: HTTPHeaders) {
        guard let context else { return }
        loop.environment.metrics.count(.accepted)
        let response = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        let pipeline = context.pipeline.syncOperations
        do {
            for handler in codec.reversed() { pipeline.removeHandler(handler, promise: nil) }
            pipeline.removeHandler(self, promise: nil)
            try pipeline.addHandler(connection)
            // Last: what it has read beyond the request goes to the connection.
            pipeline.removeHandler(decoder, promise: nil)
        } catch {
            loop.environment.connectionEnded()
            context.close(promise: nil)
        }
    }
}
