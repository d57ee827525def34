import CoreMetrics
import NIOCore
import NIOHTTP1

/// Answers that come bit by bit, see ``ResponseStream``.
extension HTTPHandler {
    /// How long the other side's machine may say nothing to what was sent (ms), before the connection is taken for lost: nothing else would tell that the client of a stream
    /// has gone without a word. Linux' TCP_USER_TIMEOUT; where there is none, TCP's own patience of many minutes counts.
    private static let silence = 33_000
    private static let userTimeout = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: 18))

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { stream?.hasRoom() }
        context.fireChannelWritabilityChanged()
    }

    /// Takes the request over: it is answered through what is returned.
    func makeStream() -> ResponseStream {
        let stream = ResponseStream(self)
        self.stream = stream
        return stream
    }

    func beginStream(_ status: Int, _ headers: [(String, String)]) {
        guard let context else { return }
        // Its end is told by chunks, which HTTP/1.0 does not know: there it is the connection's.
        let isOld = version == .http1_0
        if isOld { keepsAlive = false }
        var fields = HTTPHeaders(headers)
        if !keepsAlive { fields.add(name: "Connection", value: "close") }
        try? context.channel.syncOptions?.setOption(Self.userTimeout, value: .init(Self.silence))
        context.writeAndFlush(
            wrapOutboundOut(
                .head(
                    HTTPResponseHead(
                        version: isOld ? .http1_0 : .http1_1, status: .init(statusCode: status),
                        headers: fields))), promise: nil)
    }

    func writeStream(_ bytes: ByteBuffer) {
        guard let context, bytes.readableBytes > 0 else { return }
        loop.environment.metrics.outboundBytes.increment(by: bytes.readableBytes)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
    }

    func endStream(closes: Bool) {
        stream = nil
        guard let context else { return }
        if closes { keepsAlive = false }
        finish(context)
    }
}
