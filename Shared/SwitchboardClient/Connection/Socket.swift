import Messaging
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// One WebSocket to an edge, from its handshake to its end. Confined to its event loop.
final class Socket {
    /// More than any message that an edge may be set to pass on.
    static let largestFrame = 16 << 20
    /// How long the server's answer to our close is waited for.
    static let closeLimit = TimeAmount.seconds(3)

    private let loop: any EventLoop
    private let tell: (SocketEvent) -> Void
    private var channel: (any Channel)?
    private var handler: SocketHandler?
    private var isOver = false
    private var isLeaving = false

    private init(loop: any EventLoop, tell: @escaping (SocketEvent) -> Void) {
        self.loop = loop
        self.tell = tell
    }

    /// Connects and shakes hands.
    /// - Parameter tell: called on the loop, at last with `refused` or `ended`.
    static func open(
        _ address: ServerAddress, query: [String], token: String, by transport: Transport, on loop: any EventLoop,
        tell: @escaping (SocketEvent) -> Void
    ) -> Socket {
        let socket = Socket(loop: loop, tell: tell)
        let bound = NIOLoopBound(socket, eventLoop: loop)
        let headers = HTTPHeaders([
            ("Host", address.authority), ("Authorization", "Bearer \(token)"), ("Content-Length", "0"),
            ("Sec-WebSocket-Protocol", "switchboard.v1"),
        ])
        let target = address.target + (address.target.contains("?") ? "&" : "?") + query.joined(separator: "&")
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: target, headers: headers)
        transport.connect(to: address, on: loop) { channel in
            try bound.value.configure(channel, head)
        }
        .assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel): bound.value.connected(channel)
            case .failure(let error):
                bound.value.end(code: 1006, reason: "\(address.authority) cannot be reached: \(error)")
            }
        }
        return socket
    }

    private func configure(_ channel: any Channel, _ head: HTTPRequestHead) throws {
        let bound = NIOLoopBound(self, eventLoop: loop)
        let upgrader = NIOTypedWebSocketClientUpgrader<Void>(maxFrameSize: Self.largestFrame) { channel, _ in
            channel.eventLoop.makeCompletedFuture { try bound.value.upgraded(channel) }
        }
        let configuration = NIOTypedHTTPClientUpgradeConfiguration<Void>(
            upgradeRequestHead: head, upgraders: [upgrader]
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                let answer = AnswerHandler(limit: 65_536) { bound.value.answered($0) }
                try channel.pipeline.syncOperations.addHandler(answer)
            }
        }
        var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: configuration)
        // The server's first frame may come together with its 101.
        pipeline.leftOverBytesStrategy = .forwardBytes
        let upgrade = try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: pipeline)
        upgrade.assumeIsolated().whenFailure { error in
            bound.value.end(code: 1006, reason: "the handshake failed: \(error)")
            channel.close(promise: nil)
        }
    }

    private func upgraded(_ channel: any Channel) throws {
        let handler = SocketHandler { [weak self] event in self?.hear(event) }
        self.handler = handler
        let aggregator = NIOWebSocketFrameAggregator(
            minNonFinalFragmentSize: 1, maxAccumulatedFrameCount: 4096, maxAccumulatedFrameSize: Self.largestFrame)
        try channel.pipeline.syncOperations.addHandlers([aggregator, handler])
    }

    private func connected(_ channel: any Channel) {
        self.channel = channel
        if isOver || isLeaving { channel.close(promise: nil) }
        let bound = NIOLoopBound(self, eventLoop: loop)
        channel.closeFuture.assumeIsolated().whenComplete { _ in
            bound.value.end(code: 1006, reason: "the connection was closed")
        }
    }

    private func hear(_ event: SocketEvent) {
        guard !isOver, !isLeaving else { return }
        if case .ended(let code, let reason) = event { end(code: code, reason: reason) } else { tell(event) }
    }

    private func answered(_ answer: HTTPAnswer?) {
        guard !isOver, !isLeaving else { return }
        guard let answer else { return end(code: 1006, reason: "the handshake was not answered") }
        isOver = true
        let detail = answer.problem.message
        tell(
            .refused(
                status: answer.status, retryAfter: answer.headers["Retry-After"].first.flatMap { Int64($0) },
                detail: detail))
        channel?.close(promise: nil)
    }

    private func end(code: UInt16, reason: String) {
        guard !isOver else { return }
        isOver = true
        if !isLeaving { tell(.ended(code: code, reason: reason)) }
    }

    // MARK: What may be done with it

    /// Puts a text on its way; ``flush()`` sends it.
    func send(_ text: [UInt8]) { withContext { $0.send(text, $1) } }

    func flush() { channel?.flush() }

    /// Whether what was sent before has left for the most part.
    var isWritable: Bool { channel?.isWritable ?? false }

    func showLife() { withContext { $0.showLife($1) } }

    func read(_ reads: Bool) { try? channel?.syncOptions?.setOption(.autoRead, value: reads) }

    /// Says good-bye and ends, soon and without a word to `tell`.
    func close() {
        guard !isLeaving, !isOver else { return }
        isLeaving = true
        guard let channel else { return }
        guard handler != nil else { return channel.close(promise: nil) }
        withContext { $0.sayGoodbye(1000, $1) }
        read(true)
        loop.scheduleTask(in: Self.closeLimit) { channel.close(promise: nil) }
    }

    /// Ends at once, without a word to `tell`.
    func drop() {
        isOver = true
        channel?.close(promise: nil)
    }

    /// When there is nothing of it any more.
    var closed: EventLoopFuture<Void> { channel?.closeFuture ?? loop.makeSucceededVoidFuture() }

    private func withContext(_ act: (SocketHandler, ChannelHandlerContext) -> Void) {
        guard let handler, let channel, channel.isActive,
            let context = try? channel.pipeline.syncOperations.context(handler: handler)
        else { return }
        act(handler, context)
    }
}

@available(*, unavailable)
extension Socket: Sendable {}
