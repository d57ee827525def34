/// How a receiving request writes frames: its transport, with the callback where the transport has one.
public struct SockJSFormat: Hashable, Sendable {
    public let transport: SockJSTransport
    private let callback: String

    /// The format of a transport without callback.
    /// - Precondition: The transport receives and needs no callback.
    public init(_ transport: SockJSTransport) {
        precondition(transport.isReceiving && !transport.needsCallback)
        self.transport = transport
        callback = ""
    }

    /// The format of `jsonp` or `htmlfile`.
    /// - Precondition: The transport is one of these.
    public init(_ transport: SockJSTransport, _ callback: SockJSCallback) {
        precondition(transport.needsCallback)
        self.transport = transport
        self.callback = callback.name
    }

    /// What comes before the first frame of a response, to make browsers hand on what follows at once. It does not count towards the limit of a stream.
    public var prelude: [UInt8] {
        switch transport {
        case .xhrStreaming: return [UInt8](repeating: UInt8(ascii: "h"), count: 2_048) + [UInt8(ascii: "\n")]
        case .eventSource: return Array("\r\n".utf8)
        case .htmlFile:
            var page = Array(Self.page.utf8)
            page += callback.utf8
            page += Self.pageEnd.utf8
            page += [UInt8](repeating: UInt8(ascii: " "), count: max(0, 1_024 - page.count))
            page += "\r\n\r\n".utf8
            return page
        case .webSocket, .xhr, .jsonp, .xhrSend, .jsonpSend: return []
        }
    }

    /// The bytes of a frame.
    public func bytes(of frame: SockJSFrame) -> [UInt8] {
        let bytes = frame.bytes
        switch transport {
        case .webSocket, .xhrSend, .jsonpSend: return bytes
        case .xhr, .xhrStreaming: return bytes + [UInt8(ascii: "\n")]
        case .eventSource: return Array("data: ".utf8) + bytes + Array("\r\n\r\n".utf8)
        case .htmlFile:
            var script = Array("<script>\np(".utf8)
            JSONText.write(bytes, isInScript: true, to: &script)
            return script + Array(");\n</script>\r\n".utf8)
        case .jsonp:
            var call = Array("\(callback)(".utf8)
            JSONText.write(bytes, to: &call)
            return call + Array(");\r\n".utf8)
        }
    }

    // The page is given by the protocol, to the letter.
    private static let page = """
        <!doctype html>
        <html><head>
          <meta http-equiv="X-UA-Compatible" content="IE=edge" />
          <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
        </head><body><h2>Don't panic!</h2>
          <script>
            document.domain = document.domain;
            var c = parent.
        """

    private static let pageEnd = """
        ;
            c.start();
            function p(d) {c.message(d);};
            window.onload = function() {c.stop();};
          </script>
        """
}
