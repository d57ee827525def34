import NIOCore
import NIOWebSocket

/// Hands what a connection brings to its client, answers pings and the server's close.
final class SwarmHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let client: SwarmClient
    private let attempt: Int
    private let isSockJS: Bool
    private var code: UInt16 = 1006

    init(_ client: SwarmClient, _ attempt: Int, isSockJS: Bool) {
        self.client = client
        self.attempt = attempt
        self.isSockJS = isSockJS
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text where isSockJS: receive(SwarmSockJS.frame(frame.unmaskedData.readableBytesView))
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

    /// A close is said by the WebSocket itself, too.
    private func receive(_ frame: SwarmSockJS.Frame) {
        guard case .messages(let texts) = frame else { return client.heard() }
        for text in texts { client.receive(Array(text.utf8), attempt) }
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
