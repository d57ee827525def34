/// What an address below a SockJS service's base means.
///
/// Source: https://sockjs.github.io/sockjs-protocol/sockjs-protocol-0.3.3.html
public enum SockJSRoute: Hashable, Sendable {
    /// The longest segment for a server or a session, in bytes.
    public static let maximumSegment = 128

    /// The base, with or without a slash.
    case greeting
    /// `/info`.
    case info
    /// `/iframe.html` and `/iframe-<anything>.html`.
    case iframe
    /// `/websocket`: a WebSocket without SockJS' frames.
    case rawWebSocket
    /// `/<server>/<session>/<transport>`. The session is told by its own segment alone, taken as it stands, with its percent signs; the server's is for load balancers.
    case session(String, SockJSTransport)

    /// Reads what follows the base in a path, without the query.
    ///
    /// Server and session are any text but empty, with a dot, or longer than ``maximumSegment``.
    /// - Returns: nil where the answer is 404.
    public init?(_ path: some StringProtocol) {
        switch path {
        case "", "/": self = .greeting
        case "/info": self = .info
        case "/websocket": self = .rawWebSocket
        default:
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            guard let first = parts.first, first.isEmpty else { return nil }
            if parts.count == 2, Self.isIframe(parts[1]) {
                self = .iframe
            } else if parts.count == 4, Self.isName(parts[1]), Self.isName(parts[2]),
                let transport = SockJSTransport(rawValue: String(parts[3]))
            {
                self = .session(String(parts[2]), transport)
            } else {
                return nil
            }
        }
    }

    private static func isIframe(_ name: some StringProtocol) -> Bool {
        name == "iframe.html" || (name.hasPrefix("iframe-") && name.hasSuffix(".html"))
    }

    private static func isName(_ part: some StringProtocol) -> Bool {
        (1...maximumSegment).contains(part.utf8.count) && !part.utf8.contains(UInt8(ascii: "."))
    }

    /// The methods that it answers, as the `Allow` and `Access-Control-Allow-Methods` headers name them.
    public var methods: String {
        switch self {
        case .greeting, .iframe, .rawWebSocket: "GET"
        case .info: "OPTIONS, GET"
        case .session(_, let transport): transport.isCrossOrigin ? "OPTIONS, \(transport.method)" : transport.method
        }
    }

    /// Whether it answers this method; 405 with ``methods`` as `Allow`, and neither body nor content type, else.
    public func allows(_ method: some StringProtocol) -> Bool {
        methods.split(separator: ", ").contains { $0 == method }
    }
}
