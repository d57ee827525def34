import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// The client's side of a WebSocket handshake. A refusal is a result, not an error.
struct WebSocketHandshake: Sendable {
    enum Outcome<Opened: Sendable>: Sendable {
        case open(Opened)
        case refused(HTTPClient.Answer)
    }

    /// As NIO's upgrade handler has to learn it at once: it holds the answer back until then.
    private enum Turn<Opened: Sendable>: Sendable {
        case open(Opened)
        case refused(EventLoopFuture<HTTPClient.Answer>)
    }

    let host: String
    let port: Int
    let head: HTTPRequestHead
    var receiveBuffer: Int?
    var limit = Duration.seconds(10)

    /// A handshake with `ws://host:port/path?query`.
    init(_ url: String, headers: [String: String], subprotocols: [String]) throws(TestStackError) {
        guard let parts = URLComponents(string: url), let host = parts.host, let port = parts.port else {
            throw TestStackError(.connection, "\(url) is not of the form ws://host:port/path")
        }
        var fields = HTTPHeaders([("Host", "\(host):\(port)"), ("Content-Length", "0")])
        if !subprotocols.isEmpty {
            fields.add(name: "Sec-WebSocket-Protocol", value: subprotocols.joined(separator: ", "))
        }
        for (name, value) in headers { fields.replaceOrAdd(name: name, value: value) }
        let path = parts.percentEncodedPath + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
        head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path.isEmpty ? "/" : path, headers: fields)
        self.host = host
        self.port = port
    }

    /// Connects and shakes hands.
    /// - Parameter opened: called on the connection's loop, to add handlers before the first frame is read.
    func connect<Opened: Sendable>(
        on loop: any EventLoop, opened: @escaping @Sendable (any Channel, HTTPResponseHead) throws -> Opened
    ) -> EventLoopFuture<Outcome<Opened>> {
        let outcome = loop.makePromise(of: Outcome<Opened>.self)
        let limit = limit
        let timeout = loop.scheduleTask(in: .init(limit)) {
            outcome.fail(TestStackError(.timedOut, "the handshake was not answered within \(limit)"))
        }
        var bootstrap = ClientBootstrap(group: loop).connectTimeout(.init(limit))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try configure(channel, opened: opened).flatMap { turn in
                        switch turn {
                        case .open(let opened): channel.eventLoop.makeSucceededFuture(.open(opened))
                        case .refused(let answer): answer.map { .refused($0) }
                        }
                    }.cascade(to: outcome)
                }
            }
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBuffer))
        }
        let connected = bootstrap.connect(host: host, port: port)
        connected.whenFailure { outcome.fail($0) }
        outcome.futureResult.whenComplete { result in
            timeout.cancel()
            if case .success(.open) = result { return }
            connected.whenSuccess { $0.close(promise: nil) }
        }
        return outcome.futureResult
    }

    private func configure<Opened: Sendable>(
        _ channel: any Channel, opened: @escaping @Sendable (any Channel, HTTPResponseHead) throws -> Opened
    ) throws -> EventLoopFuture<Turn<Opened>> {
        let upgrader = NIOTypedWebSocketClientUpgrader<Turn<Opened>>(maxFrameSize: 1 << 25) { channel, head in
            channel.eventLoop.makeCompletedFuture { .open(try opened(channel, head)) }
        }
        let configuration = NIOTypedHTTPClientUpgradeConfiguration<Turn<Opened>>(
            upgradeRequestHead: head, upgraders: [upgrader]
        ) { channel in
            let answer = channel.eventLoop.makePromise(of: HTTPClient.Answer.self)
            return channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(AnswerHandler(answer))
                return .refused(answer.futureResult)
            }
        }
        var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: configuration)
        // The server's first frame may come together with its 101.
        pipeline.leftOverBytesStrategy = .forwardBytes
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: pipeline)
    }
}
