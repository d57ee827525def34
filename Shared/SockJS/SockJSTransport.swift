/// One of the ways a SockJS session is carried, by the last segment of its address.
public enum SockJSTransport: String, Sendable, CaseIterable {
    case webSocket = "websocket"
    case xhr
    case xhrStreaming = "xhr_streaming"
    case eventSource = "eventsource"
    case htmlFile = "htmlfile"
    case jsonp
    /// Brings messages to the server, for the transports that begin with `xhr`, and for `eventsource` and `htmlfile`.
    case xhrSend = "xhr_send"
    /// Brings messages to the server, for `jsonp`.
    case jsonpSend = "jsonp_send"

    /// The method of its requests, besides OPTIONS where that is answered.
    public var method: String {
        switch self {
        case .webSocket, .eventSource, .htmlFile, .jsonp: "GET"
        case .xhr, .xhrStreaming, .xhrSend, .jsonpSend: "POST"
        }
    }

    /// Whether it is called across origins by XMLHttpRequest, and so answers OPTIONS and bears the headers of CORS.
    public var isCrossOrigin: Bool {
        switch self {
        case .xhr, .xhrStreaming, .xhrSend: true
        case .webSocket, .eventSource, .htmlFile, .jsonp, .jsonpSend: false
        }
    }

    /// Whether a request of it waits for frames.
    public var isReceiving: Bool { self != .xhrSend && self != .jsonpSend }

    /// Whether a response ends after one frame.
    public var isPolling: Bool { self == .xhr || self == .jsonp }

    /// Whether a response ends after a number of bytes, so that the browser can let go of what it has read.
    public var isStreaming: Bool { self == .xhrStreaming || self == .eventSource || self == .htmlFile }

    /// Whether its requests name a callback (`c`).
    public var needsCallback: Bool { self == .htmlFile || self == .jsonp }

    /// The `Content-Type` of its responses.
    public var contentType: String {
        switch self {
        case .xhr, .xhrStreaming, .jsonp: "application/javascript; charset=UTF-8"
        case .eventSource: "text/event-stream; charset=UTF-8"
        case .htmlFile: "text/html; charset=UTF-8"
        case .webSocket, .xhrSend, .jsonpSend: "text/plain; charset=UTF-8"
        }
    }
}
