/// An answer that needs no session, and the headers that the answers of sessions bear.
public struct SockJSResponse: Hashable, Sendable {
    /// One header.
    public struct Header: Hashable, Sendable {
        public var name: String
        public var value: String

        /// A header of its name and value.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What of a request an answer depends on. Header values that hold control characters are taken for absent.
    public struct Request: Hashable, Sendable {
        /// `Origin`, which must have been allowed before.
        public var origin: String?
        /// `Access-Control-Request-Method`: browsers say it when they ask before a request of another origin.
        public var requestedMethod: String?
        /// `Access-Control-Request-Headers`.
        public var requestedHeaders: String?
        /// `Cookie`.
        public var cookie: String?
        /// `If-None-Match`.
        public var ifNoneMatch: String?

        /// A request's headers.
        public init(
            origin: String? = nil, requestedMethod: String? = nil, requestedHeaders: String? = nil,
            cookie: String? = nil, ifNoneMatch: String? = nil
        ) {
            self.origin = origin
            self.requestedMethod = requestedMethod
            self.requestedHeaders = requestedHeaders
            self.cookie = cookie
            self.ifNoneMatch = ifNoneMatch
        }
    }

    public var status: Int
    public var headers: [Header]
    public var body: [UInt8]

    /// An answer of its parts.
    public init(_ status: Int, _ headers: [Header] = [], _ body: String = "") {
        self.status = status
        self.headers = headers
        self.body = Array(body.utf8)
    }

    /// The value of a header, by its name as it is written here.
    public subscript(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    // MARK: Answers

    /// The greeting at the base address.
    public static let greeting = SockJSResponse(
        200, [Header("Content-Type", "text/plain; charset=UTF-8")], "Welcome to SockJS!\n")

    /// The answer to an unknown address, and to messages for a session that is not open.
    public static let notFound = SockJSResponse(404)

    /// The answer to a method that the address does not know.
    public static func methodNotAllowed(_ route: SockJSRoute) -> SockJSResponse {
        SockJSResponse(405, [Header("Allow", route.methods)])
    }

    /// The answer to a request for a WebSocket that asks for no upgrade.
    public static let upgradeExpected = SockJSResponse(400, [plain], "Can \"Upgrade\" only to \"WebSocket\".")

    /// The answer to a request for a WebSocket with another `Connection` than `Upgrade`.
    public static let connectionExpected = SockJSResponse(400, [plain], "\"Connection\" must be \"Upgrade\".")

    /// What the service can do.
    /// - Parameters:
    ///   - entropy: A random number that nobody can foresee.
    ///   - needsCookie: Whether clients shall send the cookie for a load balancer with sticky sessions.
    public static func info(
        _ request: Request, hasWebSocket: Bool = true, needsCookie: Bool = false, entropy: UInt32
    ) -> SockJSResponse {
        SockJSResponse(
            200, [Header("Content-Type", "application/json; charset=UTF-8")] + uncached + crossOrigin(request),
            "{\"websocket\":\(hasWebSocket),\"origins\":[\"*:*\"],"
                + "\"cookie_needed\":\(needsCookie),\"entropy\":\(entropy)}")
    }

    /// The answer to OPTIONS, for those addresses whose ``SockJSRoute/methods`` name it.
    public static func options(_ route: SockJSRoute, _ request: Request, cookie: Bool = false) -> SockJSResponse {
        SockJSResponse(
            204,
            cached + [
                Header("Access-Control-Allow-Methods", route.methods), Header("Access-Control-Max-Age", year),
            ] + crossOrigin(request) + (cookie ? [sessionCookie(request)] : []))
    }

    /// The page that carries transports across origins in an `<iframe>`; 304 when the client has it.
    /// - Parameter script: The address of the SockJS client.
    public static func iframe(_ request: Request, script: String) -> SockJSResponse {
        let page = iframePage(script)
        let tag = "\"\(hash(page))\""
        if let known = request.ifNoneMatch, known == "*" || known.contains(tag) {
            return SockJSResponse(304, cached + [Header("ETag", tag)])
        }
        return SockJSResponse(
            200, [Header("Content-Type", "text/html; charset=UTF-8")] + cached + [Header("ETag", tag)], page)
    }

    /// The head of a receiving request's response, 200.
    public static func head(
        of transport: SockJSTransport, _ request: Request, cookie: Bool = false
    ) -> SockJSResponse {
        var headers = [Header("Content-Type", transport.contentType)] + uncached
        if transport.isCrossOrigin || transport == .eventSource { headers += crossOrigin(request) }
        if transport.needsCallback { headers.append(Header("X-Content-Type-Options", "nosniff")) }
        // nginx would hold a stream back otherwise.
        if transport.isStreaming { headers.append(Header("X-Accel-Buffering", "no")) }
        if cookie { headers.append(sessionCookie(request)) }
        return SockJSResponse(200, headers)
    }

    /// The answer to messages that were taken: 204 for `xhr_send`; 200 and `ok` for `jsonp_send`, as a form needs something to show.
    public static func taken(
        by transport: SockJSTransport, _ request: Request, cookie: Bool = false
    ) -> SockJSResponse {
        var response = transport == .jsonpSend ? SockJSResponse(200, [], "ok") : SockJSResponse(204)
        response.headers = head(of: transport, request, cookie: cookie).headers
        return response
    }

    /// The answer to a payload or a callback that is refused: 500 with the reason.
    public static func refused(
        _ reason: some CustomStringConvertible, _ transport: SockJSTransport, _ request: Request
    ) -> SockJSResponse {
        SockJSResponse(
            500, [plain] + uncached + (transport.isCrossOrigin ? crossOrigin(request) : []), reason.description)
    }
}
