import NIOCore
import NIOHTTP1
import NIOPosix

/// A connection to an edge for one request after the other. Confined to its event loop.
final class SwarmRequests {
    /// What comes of a request.
    enum Event {
        case head(HTTPResponseHead)
        case body(ByteBuffer)
        /// The answer is all there; whether the connection may take another request.
        case end(isKeptAlive: Bool)
        /// The connection is gone, or was not to be had.
        case closed
    }

    private let host: String
    private let port: Int
    private let loop: any EventLoop
    private var channel: (any Channel)?
    private var isOver = false
    var onEvent: (Event) -> Void = { _ in }

    init(host: String, port: Int, loop: any EventLoop) {
        (self.host, self.port, self.loop) = (host, port, loop)
    }

    /// Posts a request; the one before must be over.
    func post(_ path: String, _ body: String) {
        if let channel, channel.isActive { return write(path, body, channel) }
        let bound = NIOLoopBound(self, eventLoop: loop)
        ClientBootstrap(group: loop).connectTimeout(.seconds(5))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let operations = channel.pipeline.syncOperations
                    try operations.addHTTPClientHandlers()
                    try operations.addHandler(Handler(bound.value))
                }
            }
            .connect(host: host, port: port).whenComplete { result in
                let requests = bound.value
                switch result {
                case .success(let channel) where requests.isOver: channel.close(promise: nil)
                case .success(let channel):
                    requests.channel = channel
                    requests.write(path, body, channel)
                case .failure: requests.happened(.closed)
                }
            }
    }

    private func write(_ path: String, _ body: String, _ channel: any Channel) {
        let body = ByteBuffer(string: body)
        let headers = HTTPHeaders([
            ("Host", "\(host):\(port)"), ("Content-Type", "text/plain"), ("Content-Length", "\(body.readableBytes)"),
        ])
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: path, headers: headers)
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.write(HTTPClientRequestPart.body(.byteBuffer(body)), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    }

    /// Nothing is heard of it after this.
    func close() {
        isOver = true
        onEvent = { _ in }
        channel?.close(promise: nil)
        channel = nil
    }

    private func happened(_ event: Event) { if !isOver { onEvent(event) } }

    fileprivate final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPClientResponsePart
        typealias OutboundOut = HTTPClientRequestPart

        private let requests: SwarmRequests
        private var isKeptAlive = true

        init(_ requests: SwarmRequests) { self.requests = requests }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                isKeptAlive = head.isKeepAlive
                requests.happened(.head(head))
            case .body(let bytes): requests.happened(.body(bytes))
            case .end:
                if !isKeptAlive {
                    requests.channel = nil
                    context.close(promise: nil)
                }
                requests.happened(.end(isKeptAlive: isKeptAlive))
            }
        }

        func channelInactive(context: ChannelHandlerContext) {
            // One that was given up after its last answer is no news.
            guard let channel = requests.channel, channel === context.channel else { return }
            requests.channel = nil
            requests.happened(.closed)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

@available(*, unavailable)
extension SwarmRequests: Sendable {}

@available(*, unavailable)
extension SwarmRequests.Handler: Sendable {}
