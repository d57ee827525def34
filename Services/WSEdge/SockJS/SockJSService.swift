import SockJS

/// What is served below one address by SockJS.
struct SockJSService: Sendable {
    /// Who speaks there.
    enum Kind: Sendable {
        /// Sessions of this product.
        case sessions
        /// Says back what it is told, for the protocol's public tests.
        case echo
        /// Closes at once, for the same.
        case close
    }

    /// How many times longer than a message a payload may be: for what JSON makes of it, and for several.
    static let payloadFactor = 4

    /// The versions of WebSockets that are spoken. The protocol asks for those of Firefox 6 (7) and Chrome 14 (8), too: their frames are those of RFC 6455,
    /// only that a page's origin stands in `Sec-WebSocket-Origin`.
    static let webSocketVersions = ["13", "8", "7"]

    /// The address, without a slash at its end.
    let base: String
    let kind: Kind
    var hasWebSocket = true
    /// Whether clients shall have the cookie that load balancers with sticky sessions want. Nothing here needs it.
    var needsCookie = false
    /// Bytes after which a streaming answer ends.
    var streamBytes = 131_072

    /// What the protocol's public tests ask for, the echo at `path`.
    static func forTests(echo path: String) -> [SockJSService] {
        [
            SockJSService(base: path, kind: .echo, streamBytes: 4096),
            SockJSService(base: "/disabled_websocket_echo", kind: .echo, hasWebSocket: false, streamBytes: 4096),
            SockJSService(base: "/cookie_needed_echo", kind: .echo, needsCookie: true, streamBytes: 4096),
            SockJSService(base: "/close", kind: .close, streamBytes: 4096),
        ]
    }

    /// What follows the address in a path; nil when the path is not below it.
    func rest(of path: String) -> Substring? {
        guard path.hasPrefix(base) else { return nil }
        let rest = path.dropFirst(base.count)
        return rest.isEmpty || rest.first == "/" ? rest : nil
    }
}
