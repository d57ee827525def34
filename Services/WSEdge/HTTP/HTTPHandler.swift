import HTTPTypes
import Messaging
import NIOCore
import NIOHTTP1
import ServiceRuntime

/// Answers plain requests, and turns those for a WebSocket into one. The last handler of a channel until then.
final class HTTPHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// The longest body that is read where only the demo takes any.
    private static let shortBody = 4096
    /// How long a connection that is kept alive may be silent: longer than proxies keep theirs, so that they are the ones to close.
    private static let idleTime = TimeAmount.seconds(75)

    let loop: EdgeLoop
    let site: Site
    /// What is to leave the channel before it becomes a WebSocket, in the order of the pipeline.
    let codec: [any RemovableChannelHandler]
    let decoder: any RemovableChannelHandler
    private(set) var context: ChannelHandlerContext?
    private var deadline: NIODeadline
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    private var bodyLimit = shortBody
    private var isBodyTooLong = false
    private var isAnswering = false
    /// Whether its handshake waits for a place, see ``Admission``.
    var isWaiting = false
    /// The answer under way that comes bit by bit.
    var stream: ResponseStream?

    init(
        loop: EdgeLoop, site: Site, decoder: any RemovableChannelHandler, codec: [any RemovableChannelHandler]
    ) {
        self.loop = loop
        self.site = site
        self.decoder = decoder
        self.codec = codec
        deadline = .now() + loop.environment.configuration.handshakeTimeout
    }

    /// Makes a new channel speak HTTP.
    static func begin(_ channel: any Channel, loop: EdgeLoop, site: Site) throws {
        let encoder = HTTPResponseEncoder()
        let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
        let pipelining = HTTPServerPipelineHandler()
        let handler = HTTPHandler(loop: loop, site: site, decoder: decoder, codec: [encoder, pipelining])
        try channel.pipeline.syncOperations.addHandlers([encoder, decoder, pipelining, handler])
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.requests[ObjectIdentifier(self)] = self
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) { end() }

    private func end() {
        if isWaiting { loop.admission.abandon(self) }
        isWaiting = false
        context = nil
        loop.requests[ObjectIdentifier(self)] = nil
        let stream = stream
        self.stream = nil
        stream?.gone()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError, !isAnswering else { return context.close(promise: nil) }
        respond(Problem(.badRequest, code: "bad_request", detail: "the request is not valid HTTP/1.1"), closes: true)
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
            isBodyTooLong = false
            bodyLimit = limit(of: head)
        case .body(var part):
            if body.readableBytes + part.readableBytes > bodyLimit {
                isBodyTooLong = true
            } else {
                body.writeBuffer(&part)
            }
        case .end:
            guard let head else { return }
            self.head = nil
            isAnswering = true
            answer(head)
        }
    }

    private func limit(of head: HTTPRequestHead) -> Int {
        guard head.method == .POST, sockJSService(RequestTarget(head.uri).path) != nil else { return Self.shortBody }
        return loop.environment.configuration.longestMessage * SockJSService.payloadFactor
    }

    private func answer(_ head: HTTPRequestHead) {
        let target = RequestTarget(head.uri)
        keepsAlive = head.isKeepAlive && !loop.environment.isDraining
        isHead = head.method == .HEAD
        version = head.version
        if target.path == STOMPHandshake.path || target.path == "/ws" && !isSTOMPEndpoint(head, target) {
            return handshake(head, target)
        }
        if target.path == EventStream.path { return events(head, target) }
        if let echoPath = loop.environment.configuration.echoPath, target.path == echoPath,
            head.headers.contains(name: "upgrade")
        {
            return echo(head)
        }
        guard !isBodyTooLong else {
            return respond(
                Problem(
                    .contentTooLarge, code: "too_large", detail: "the body is longer than \(bodyLimit) bytes"),
                closes: true)
        }
        if let (service, rest) = sockJSService(target.path) {
            return sockJS(head, target, service, rest, body: Array(body.readableBytesView))
        }
        site.answer(head, target, body: body, from: loop) { [weak self] response in self?.respond(response) }
    }

    // MARK: Answers

    var keepsAlive = true
    private var isHead = false
    /// That of the request.
    private(set) var version = HTTPVersion.http1_1

    func respond(_ problem: Problem, closes: Bool = false) { respond(SiteResponse(problem), closes: closes) }

    func respond(_ response: SiteResponse, closes: Bool = false) {
        if closes { keepsAlive = false }
        stream = nil
        guard let context else { return }
        var headers = HTTPHeaders()
        headers.add(contentsOf: response.headers)
        headers.add(name: "Content-Length", value: String(response.body.readableBytes))
        headers.add(name: "X-Content-Type-Options", value: "nosniff")
        if !keepsAlive {
            headers.add(name: "Connection", value: "close")
        } else if version == .http1_0 {
            // There it is the exception, and has to be said.
            headers.add(name: "Connection", value: "keep-alive")
        }
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: response.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !isHead, response.body.readableBytes > 0 {
            context.write(wrapOutboundOut(.body(.byteBuffer(response.body))), promise: nil)
        }
        finish(context)
    }

    /// The answer is all said.
    func finish(_ context: ChannelHandlerContext) {
        isAnswering = false
        deadline = .now() + Self.idleTime
        let channel = context.channel
        let written = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        if !keepsAlive { written.whenComplete { _ in channel.close(promise: nil) } }
    }

    // MARK: Time

    /// Once a second: who does not ask for anything is not waited for.
    func tick(now: NIODeadline) {
        if now >= deadline, !isAnswering { context?.close(promise: nil) }
    }

    /// The edge is going away.
    func closeWhenIdle() {
        keepsAlive = false
        if head == nil, !isAnswering { context?.close(promise: nil) }
    }
}

@available(*, unavailable)
extension HTTPHandler: Sendable {}
