import NIOCore
import NIOWebSocket

/// Puts what arrives on a WebSocket into a mailbox, answers pings and the server's close.
final class FrameCollector: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let inbox: Mailbox<WebSocketClient.Frame>
    private let answersPings: Bool

    init(_ inbox: Mailbox<WebSocketClient.Frame>, answersPings: Bool) {
        self.inbox = inbox
        self.answersPings = answersPings
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        if frame.opcode == .ping, answersPings {
            answer(.pong, frame.unmaskedData, context)
            return
        }
        let bytes = Array(frame.unmaskedData.readableBytesView)
        inbox.put(.init(opcode: frame.opcode, isFinal: frame.fin, payload: bytes))
        if frame.opcode == .connectionClose { answer(.connectionClose, frame.unmaskedData, context) }
    }

    private func answer(_ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext) {
        let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        inbox.finish()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

@available(*, unavailable)
extension FrameCollector: Sendable {}
