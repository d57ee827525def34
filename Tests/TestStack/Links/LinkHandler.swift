import NIOCore

/// Hands what comes from one side of a ``Link`` to it.
final class LinkHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let link: Link
    private let side: Link.Side

    init(_ link: Link, _ side: Link.Side) {
        self.link = link
        self.side = side
    }

    func channelActive(context: ChannelHandlerContext) {
        if side == .client { link.start() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        link.receive(unwrapInboundIn(data), from: side)
    }

    func channelInactive(context: ChannelHandlerContext) { link.ended(side) }

    func channelWritabilityChanged(context: ChannelHandlerContext) { link.writabilityChanged(side) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

@available(*, unavailable) extension LinkHandler: Sendable {}
