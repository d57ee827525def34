import NIOCore
import NIOWebSocket

/// Hands what a connection brings to its client, answers pings and the server's close.
final class SwarmHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let client: SwarmClient
    private let attempt: Int
    private var code: UInt16 = 1006

    init(_ client: SwarmClient, _ attempt: Int) {
        self.client = client
        self.attempt = attempt
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text: client.receive(Array(frame.unmaskedData.readableBytesView), attempt)
        case .ping:
            client.heard()
            answer(.pong, frame.unmaskedData, context)
        case .connectionClose:
            code = frame.unmaskedData.getInteger(at: frame.unmaskedData.readerIndex) ?? 1005
            answer(.connectionClose, frame.unmaskedData, context)
            context.close(promise: nil)
        default: client.heard()
        }
    }

    private func answer(_ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext) {
        let frame = WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { client.closed(attempt, code: code, retryAfter: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

@available(*, unavailable)
extension SwarmHandler: Sendable {}
