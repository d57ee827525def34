import Messaging
import NIOCore
import NIOWebSocket

/// The frames of one connection: reads the server's, answers its pings and its close.
final class SocketHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let tell: (SocketEvent) -> Void
    private var code: UInt16 = 1006
    private var reason = ""
    private var hasSaidGoodbye = false

    init(tell: @escaping (SocketEvent) -> Void) { self.tell = tell }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        tell(.heard)
        switch frame.opcode {
        case .text:
            let bytes = Array(frame.unmaskedData.readableBytesView)
            if let fields = FrameFields(bytes.span) { tell(.frame(fields)) }
        case .ping: write(.pong, frame.unmaskedData, context)
        case .connectionClose:
            var payload = frame.unmaskedData
            code = payload.readInteger() ?? 1005
            reason = payload.readString(length: payload.readableBytes) ?? ""
            sayGoodbye(code == 1005 ? 1000 : code, context)
            context.close(promise: nil)
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        tell(.ended(code: code, reason: reason))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func send(_ text: [UInt8], _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(Self.frame(.text, context.channel.allocator.buffer(bytes: text))), promise: nil)
    }

    func showLife(_ context: ChannelHandlerContext) {
        write(.pong, context.channel.allocator.buffer(capacity: 0), context)
    }

    /// Says that we go; the server's answer, or its silence, ends the connection.
    func sayGoodbye(_ code: UInt16, _ context: ChannelHandlerContext) {
        guard !hasSaidGoodbye else { return }
        hasSaidGoodbye = true
        var payload = context.channel.allocator.buffer(capacity: 2)
        payload.writeInteger(code)
        write(.connectionClose, payload, context)
    }

    private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(Self.frame(opcode, data)), promise: nil)
    }

    private static func frame(_ opcode: WebSocketOpcode, _ data: ByteBuffer) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data)
    }
}

@available(*, unavailable)
extension SocketHandler: Sendable {}
