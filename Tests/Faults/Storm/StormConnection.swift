import NIOCore
import NIOPosix

/// One WebSocket of the storm, spoken by hand: thousands of them share a machine with the edges, so each has to be cheap. Confined to its event loop.
final class StormConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum End: Equatable {
        /// The handshake was answered with something else than 101.
        case refused(status: Int, retryAfter: Int?)
        /// With the code of the close frame; 1006 without one.
        case closed(code: UInt16)
    }

    private let request: String
    private let onText: (StormConnection, StormFrame) -> Void
    private let onEnd: (StormConnection, End) -> Void
    private var context: ChannelHandlerContext?
    private var input: [UInt8] = []
    private var isOpen = false
    private var code: UInt16 = 1006
    private var end: End?

    private init(
        request: String, onText: @escaping (StormConnection, StormFrame) -> Void,
        onEnd: @escaping (StormConnection, End) -> Void
    ) {
        self.request = request
        self.onText = onText
        self.onEnd = onEnd
    }

    /// Connects to `ws://<host>:<port>/ws?<query>`. `onEnd` is called once, whatever happens.
    static func open(
        host: String, port: Int, query: String, token: String, on loop: any EventLoop,
        onText: @escaping (StormConnection, StormFrame) -> Void, onEnd: @escaping (StormConnection, End) -> Void
    ) -> StormConnection {
        let request = """
            GET /ws?\(query) HTTP/1.1\r
            Host: \(host):\(port)\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Key: c3Rvcm1zdG9ybXN0b3JtIQ==\r
            Sec-WebSocket-Protocol: switchboard.v1\r
            Authorization: Bearer \(token)\r
            \r

            """
        let connection = StormConnection(request: request, onText: onText, onEnd: onEnd)
        let bound = NIOLoopBound(connection, eventLoop: loop)
        ClientBootstrap(group: loop).connectTimeout(.seconds(10))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(bound.value)
                }
            }
            .connect(host: host, port: port).whenFailure { _ in bound.value.ended() }
        return connection
    }

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: request)), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { ended() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func ended() {
        guard context != nil || end == nil else { return }
        context = nil
        guard end == nil else { return }
        let end = End.closed(code: code)
        self.end = end
        onEnd(self, end)
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        input += buffer.readableBytesView
        if !isOpen { readHead() }
        while isOpen, readFrame() {}
    }

    private func readHead() {
        guard
            let place = (3..<max(3, input.count)).first(where: { input[($0 - 3)...$0].elementsEqual("\r\n\r\n".utf8) })
        else { return }
        let lines = String(decoding: input[...place], as: UTF8.self).split(separator: "\r\n")
        input.removeFirst(place + 1)
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        guard status == 101 else {
            let retryAfter = lines.first { $0.lowercased().hasPrefix("retry-after:") }
                .flatMap { Int($0.dropFirst(12).drop { $0 == " " }) }
            let end = End.refused(status: status, retryAfter: retryAfter)
            self.end = end
            onEnd(self, end)
            context?.close(promise: nil)
            return
        }
        isOpen = true
    }

    /// Takes a frame; false when it has not all come. The edge sends no fragments, and nothing longer than 64 KiB here.
    private func readFrame() -> Bool {
        guard input.count >= 2 else { return false }
        var (start, length) = (2, Int(input[1] & 0x7f))
        if length == 126 {
            guard input.count >= 4 else { return false }
            (start, length) = (4, Int(input[2]) << 8 | Int(input[3]))
        }
        guard input.count >= start + length else { return false }
        let payload = input[start..<start + length]
        let opcode = input[0] & 0x0f
        input.removeFirst(start + length)
        switch opcode {
        case 1: onText(self, StormFrame(payload))
        case 8:
            if payload.count >= 2 {
                code = UInt16(payload[payload.startIndex]) << 8 | UInt16(payload[payload.startIndex + 1])
            }
            send(opcode: 8, Array(payload.prefix(2)))
        case 9: send(opcode: 10, Array(payload))
        default: break
        }
        return true
    }

    // MARK: Writing

    func send(_ text: String) { send(opcode: 1, Array(text.utf8)) }

    /// Leaves, without a word to `onEnd`.
    func leave() {
        end = .closed(code: 1000)
        send(opcode: 8, [0x03, 0xe8])
    }

    /// Drops the connection, without a word to `onEnd`.
    func drop() {
        end = end ?? .closed(code: 1006)
        context?.close(promise: nil)
    }

    private func send(opcode: UInt8, _ payload: [UInt8]) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: payload.count + 8)
        buffer.writeInteger(0x80 | opcode)
        if payload.count < 126 {
            buffer.writeInteger(0x80 | UInt8(payload.count))
        } else {
            buffer.writeInteger(UInt8(0x80 | 126))
            buffer.writeInteger(UInt16(payload.count))
        }
        // A mask of zeros is a mask.
        buffer.writeInteger(UInt32(0))
        buffer.writeBytes(payload)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }
}

@available(*, unavailable)
extension StormConnection: Sendable {}
