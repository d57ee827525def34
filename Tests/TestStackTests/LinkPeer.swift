import NIOCore
import NIOPosix
import Synchronization
import TestStack

/// A client that keeps all it is told.
final class LinkPeer: Sendable {
    private struct State {
        var text = ""
        var error: (any Error)?
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let peer: Box
        init(_ peer: Box) { self.peer = peer }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: unwrapInboundIn(data))
            peer.state.withLock { $0.text += text }
        }
        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            peer.state.withLock { $0.error = error }
            context.close(promise: nil)
        }
    }

    private final class Box: Sendable {
        let state = Mutex(State())
    }

    private let channel: any Channel
    private let box: Box

    private init(channel: any Channel, box: Box) {
        self.channel = channel
        self.box = box
    }

    static func connect(_ port: Int) async throws -> LinkPeer {
        let box = Box()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(box))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return LinkPeer(channel: channel, box: box)
    }

    /// All it was told so far.
    var text: String { box.state.withLock { $0.text } }
    var count: Int { box.state.withLock { $0.text.utf8.count } }
    var isOpen: Bool { channel.isActive }
    /// Whether the link ended with an error instead of an end.
    var wasReset: Bool { box.state.withLock { $0.error != nil } }

    func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }

    func expect(_ text: String) async throws { try await eventually("\"\(text)\"") { self.text == text } }

    func close() async { try? await channel.close() }
}
