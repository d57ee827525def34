import NIOCore
import NIOWebSocket

/// What carries a client's words to an edge, from when it is there until it is gone. Confined to the client's event loop.
///
/// What it brings, and its end, it tells the client itself.
protocol SwarmLink: AnyObject {
    func write(_ text: String)

    /// Breaks it, without a word. The client is told of its end later, not from within.
    func close()

    /// Ends it as the protocol has it.
    func leave()
}

/// A WebSocket, maybe with SockJS' frames.
final class SwarmSocket: SwarmLink {
    private let channel: any Channel
    private let isSockJS: Bool

    init(_ channel: any Channel, isSockJS: Bool) { (self.channel, self.isSockJS) = (channel, isSockJS) }

    func write(_ text: String) {
        let text = isSockJS ? SwarmSockJS.payload([text]) : text
        let frame = WebSocketFrame(fin: true, opcode: .text, maskKey: .random(), data: ByteBuffer(string: text))
        channel.writeAndFlush(frame, promise: nil)
    }

    func close() { channel.close(promise: nil) }

    func leave() {
        let frame = WebSocketFrame(
            fin: true, opcode: .connectionClose, maskKey: .random(), data: ByteBuffer(bytes: [0x03, 0xe8]))
        channel.writeAndFlush(frame, promise: nil)
        // Should the server not answer the close.
        let channel = channel
        channel.eventLoop.scheduleTask(in: .seconds(2)) { channel.close(promise: nil) }
    }
}

@available(*, unavailable)
extension SwarmSocket: Sendable {}
