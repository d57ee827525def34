import HTTPTypes
import Messaging
import NIOCore
import NIOHTTP1
import STOMP
import ServiceRuntime
import SockJS

/// Requests below the addresses that speak SockJS.
extension HTTPHandler {
    /// The service below whose address a path is, and what follows the address.
    func sockJSService(_ path: String) -> (SockJSService, Substring)? {
        for service in loop.environment.configuration.sockJS {
            if let rest = service.rest(of: path) { return (service, rest) }
        }
        return nil
    }

    func sockJS(
        _ head: HTTPRequestHead, _ target: RequestTarget, _ service: SockJSService, _ rest: Substring, body: [UInt8]
    ) {
        guard let route = SockJSRoute(rest), service.hasWebSocket || !route.isWebSocket else {
            return respond(SiteResponse(SockJSResponse.notFound))
        }
        guard route.allows(head.method.rawValue) else {
            return respond(SiteResponse(SockJSResponse.methodNotAllowed(route)))
        }
        do throws(Problem) { try checkOrigin(head, service, route) } catch { return refuse(error) }
        let shape = SockJSResponse.Request(
            origin: head.headers.first(name: "origin"),
            requestedMethod: head.headers.first(name: "access-control-request-method"),
            requestedHeaders: head.headers.first(name: "access-control-request-headers"),
            cookie: head.headers.first(name: "cookie"), ifNoneMatch: head.headers.first(name: "if-none-match"))
        if head.method == .OPTIONS {
            return respond(SiteResponse(SockJSResponse.options(route, shape, cookie: service.needsCookie)))
        }
        switch route {
        case .greeting where service.kind == .sessions && Self.asksForWebSocket(head):
            webSocket(head, target, service, isRaw: true)
        case .greeting: respond(SiteResponse(SockJSResponse.greeting))
        case .info:
            respond(
                SiteResponse(
                    SockJSResponse.info(
                        shape, hasWebSocket: service.hasWebSocket, needsCookie: service.needsCookie,
                        entropy: .random(in: .min ... .max))))
        case .iframe:
            let script = loop.environment.configuration.sockJSClient
            respond(SiteResponse(SockJSResponse.iframe(shape, script: script)))
        case .rawWebSocket, .session(_, .webSocket): webSocket(head, target, service, isRaw: route == .rawWebSocket)
        case .session(let id, let transport): session(id, transport, head, target, service, shape, body)
        }
    }

    private func checkOrigin(
        _ head: HTTPRequestHead, _ service: SockJSService, _ route: SockJSRoute
    ) throws(Problem) {
        // What the public tests talk to has nothing of anyone's, and they name origins that nobody would allow.
        guard service.kind == .sessions else { return }
        // A form of a page that sends no referrer has no origin either. To know the session's id is what it takes here, and nothing can be read.
        if route.isForm, head.headers.first(name: "origin") == "null" { return }
        try checkOrigin(head)
        // In the drafts before RFC 6455 a page's origin has another name.
        if route.isWebSocket || route == .greeting { try checkOrigin(head, in: "sec-websocket-origin") }
    }

    // MARK: WebSockets

    /// Whether `/ws` is asked for by a page that speaks STOMP there, with SockJS or without, as Spring's pages have it with `SOCKJS_PATHS=/ws`.
    func isSTOMPEndpoint(_ head: HTTPRequestHead, _ target: RequestTarget) -> Bool {
        guard Self.asksForWebSocket(head), let (service, rest) = sockJSService(target.path), rest.isEmpty,
            service.kind == .sessions
        else { return false }
        let offered = head.headers[canonicalForm: "sec-websocket-protocol"]
        return !offered.contains { $0.hasPrefix(Handshake.subprotocol) }
            && STOMPVersion.highest(ofSubprotocols: offered) != nil
    }

    private static func asksForWebSocket(_ head: HTTPRequestHead) -> Bool {
        head.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" }
    }

    private func webSocket(_ head: HTTPRequestHead, _ target: RequestTarget, _ service: SockJSService, isRaw: Bool) {
        guard Self.asksForWebSocket(head) else {
            return respond(SiteResponse(SockJSResponse.upgradeExpected), closes: true)
        }
        let connection = head.headers[canonicalForm: "connection"].map { $0.lowercased() }
        guard connection.contains("upgrade") else {
            return respond(SiteResponse(SockJSResponse.connectionExpected), closes: true)
        }
        do throws(Problem) {
            try checkUpgrade(head, versions: SockJSService.webSocketVersions)
            guard service.kind == .sessions else {
                return try beginSockJS(head, target, service, isRaw: isRaw)
            }
            try checkRoom()
        } catch {
            return refuse(error)
        }
        loop.admission.ask(
            WaitingHandshake(handler: self) { [self] in
                do throws(Problem) { try beginSockJS(head, target, service, isRaw: isRaw) } catch { refuse(error) }
            })
    }

    private func beginSockJS(
        _ head: HTTPRequestHead, _ target: RequestTarget, _ service: SockJSService, isRaw: Bool
    ) throws(Problem) {
        let peer = peer(of: service, head, target)
        let limit = loop.environment.configuration.longestMessage
        guard !isRaw else {
            return try begin(
                head, peer: peer, limit: limit, subprotocol: try FirstMessagePeer.subprotocol(head))
        }
        try begin(
            head, peer: SockJSFraming(peer, loop: loop), limit: limit * SockJSService.payloadFactor, subprotocol: nil)
    }

    private func peer(
        of service: SockJSService, _ head: HTTPRequestHead, _ target: RequestTarget
    ) -> any MessagePeer {
        switch service.kind {
        case .sessions: FirstMessagePeer(head, target, loop: loop)
        case .echo: EchoPeer()
        case .close: GoAwayPeer()
        }
    }

    // MARK: Sessions

    private func session(
        _ id: String, _ transport: SockJSTransport, _ head: HTTPRequestHead, _ target: RequestTarget,
        _ service: SockJSService, _ shape: SockJSResponse.Request, _ body: [UInt8]
    ) {
        var callback = ""
        if transport.needsCallback {
            do throws(SockJSCallback.Fault) {
                callback = try SockJSCallback(query: target.query).name
            } catch {
                return respond(SiteResponse(SockJSResponse.refused(error, transport, shape)))
            }
        }
        let request = SockJSRequest(
            session: "\(service.base)/\(id)", service: service, transport: transport, callback: callback,
            contentType: head.headers.first(name: "content-type") ?? "", body: transport.isReceiving ? [] : body,
            shape: shape, stream: makeStream()
        ) { [self] completion in open(service, head, target, completion) }
        loop.sockJS.ask(request)
    }

    /// Lets a session begin when there is room for it.
    private func open(
        _ service: SockJSService, _ head: HTTPRequestHead, _ target: RequestTarget,
        _ completion: @escaping (Result<any MessagePeer, Problem>) -> Void
    ) {
        do throws(Problem) {
            guard service.kind == .sessions else {
                try takePlace()
                return completion(.success(peer(of: service, head, target)))
            }
            try checkRoom()
        } catch {
            return completion(.failure(noted(error)))
        }
        loop.admission.ask(
            WaitingHandshake(handler: self) { [self] seconds in
                completion(.failure(noted(Self.tooMany(after: seconds))))
            } go: { [self] in
                do throws(Problem) { try takePlace() } catch { return completion(.failure(noted(error))) }
                loop.environment.metrics.count(.accepted)
                completion(.success(peer(of: service, head, target)))
            })
    }
}

extension SockJSRoute {
    /// Whether it is what pages post by a form.
    var isForm: Bool { if case .session(_, .jsonpSend) = self { true } else { false } }

    var isWebSocket: Bool {
        switch self {
        case .rawWebSocket, .session(_, .webSocket): true
        case .greeting, .info, .iframe, .session: false
        }
    }
}
