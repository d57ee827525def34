import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A GET whose answer may be of any length: it is counted and let go, read as fast as the test wants, and left when the test wants.
package final class HTTPDownload: Sendable {
    /// How far it is.
    package struct State: Sendable {
        package var status: Int?
        package var bytes = 0
        package var lines = 0
        /// The end of what has come so far, at most 1 KiB.
        package var tail: [UInt8] = []
        /// Whether the answer came to its proper end.
        package var isWhole = false
        /// Whether the connection is gone.
        package var isClosed = false

        /// The last line that came, as text.
        package var lastLine: String {
            String(decoding: tail.split(separator: UInt8(ascii: "\n")).last ?? [], as: UTF8.self)
        }
    }

    fileprivate final class Progress: Sendable {
        let state = Mutex(State())
    }

    private let channel: any Channel
    private let progress: Progress

    private init(_ channel: any Channel, _ progress: Progress) {
        self.channel = channel
        self.progress = progress
    }

    /// How far it is.
    package var state: State { progress.state.withLock { $0 } }

    /// Sends the request, without waiting for an answer.
    /// - Throws: ``TestStackError`` `connection`.
    package static func start(_ url: String, token: String? = nil) async throws -> HTTPDownload {
        guard let parts = URLComponents(string: url), let host = parts.host, let port = parts.port else {
            throw TestStackError(.connection, "\(url) is not of the form http://host:port/path")
        }
        var fields = HTTPHeaders([("Host", "\(host):\(port)"), ("Connection", "close")])
        if let token { fields.add(name: "Authorization", value: "Bearer \(token)") }
        let progress = Progress()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(10))
            // Small, so that little is under way to somebody who does not read.
            .channelOption(.socketOption(.so_rcvbuf), value: 65_536)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(Counter(progress))
                }
            }
            .connect(host: host, port: port).get()
        let path = parts.percentEncodedPath + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path, headers: fields)
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        return HTTPDownload(channel, progress)
    }

    /// Takes nothing more, and stays.
    package func stopReading() async throws {
        try await channel.setOption(ChannelOptions.autoRead, value: false).get()
    }

    /// Reads on after ``stopReading()``.
    package func readOn() async throws {
        try await channel.setOption(ChannelOptions.autoRead, value: true).get()
    }

    /// Closes the connection.
    package func hangUp() { channel.close(promise: nil) }

    /// Counts what comes.
    fileprivate final class Counter: ChannelInboundHandler {
        typealias InboundIn = HTTPClientResponsePart
        typealias OutboundOut = HTTPClientRequestPart

        private let progress: Progress

        init(_ progress: Progress) { self.progress = progress }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let part = unwrapInboundIn(data)
            progress.state.withLock { state in
                switch part {
                case .head(let head): state.status = Int(head.status.code)
                case .body(let part):
                    state.bytes += part.readableBytes
                    let view = part.readableBytesView
                    state.lines += view.count { $0 == UInt8(ascii: "\n") }
                    state.tail = Array((state.tail + view.suffix(1024)).suffix(1024))
                case .end: state.isWhole = true
                }
            }
        }

        func channelInactive(context: ChannelHandlerContext) {
            progress.state.withLock { $0.isClosed = true }
            context.fireChannelInactive()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

@available(*, unavailable)
extension HTTPDownload.Counter: Sendable {}
