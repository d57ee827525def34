import CoreMetrics
import Messaging
import NIOCore
import WebSocketFrames

/// A WebSocket: the last handler of its channel. Reads and writes frames, answers control frames, watches the heartbeat and closes.
///
/// What is said within one turn of the event loop is gathered and written at its end, see ``LoopTurn``.
final class WebSocketConnection: ChannelDuplexHandler, MessageConnection, EdgeConnection {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = Never
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    enum Phase: Equatable {
        case open
        /// A close frame was sent; the socket ends when the other side answers it, or at the time given.
        case closing(until: NIODeadline)
        case closed
    }

    /// What is at least this long is not copied behind what is gathered, but written by itself.
    private static let worthSharing = 4096
    /// RSV1 beside the opcode.
    private static let compressed: UInt8 = 0x40
    private static let closingTime = TimeAmount.seconds(3)
    /// How much longer the close frame may take to be written.
    private static let patience = TimeAmount.seconds(27)

    private let loop: EdgeLoop
    private let peer: any MessagePeer
    private var context: ChannelHandlerContext?
    private(set) var phase = Phase.open
    private var reader: WebSocketReader
    private let compression: MessageCompression?
    private var input: ByteBuffer?
    private var isReadingPaused = false
    private var wantsRead = false
    private var isProcessing = false
    private var hasFailed = false
    private var outgoing: ByteBuffer?
    private var isFlushDue = false
    /// Bytes that the channel held when last asked.
    private var channelBytes = 0
    private var heartbeat: Heartbeat
    /// How it came to its end, or will have, if nothing else is said.
    private var closing = Closing.lost

    init(loop: EdgeLoop, peer: any MessagePeer, limit: Int, compression: MessageCompression? = nil) {
        self.loop = loop
        self.peer = peer
        self.compression = compression
        reader = WebSocketReader(limit: limit, compression: compression)
        heartbeat = Heartbeat(
            interval: loop.environment.configuration.heartbeatInterval,
            timeout: loop.environment.configuration.heartbeatTimeout, now: .now())
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.connections[ObjectIdentifier(self)] = self
        peer.opened(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    func channelInactive(context: ChannelHandlerContext) { end() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset or the like: there is nobody left to tell.
        context.close(promise: nil)
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var received = unwrapInboundIn(data)
        heartbeat.heard()
        guard phase != .closed else { return }
        if hasFailed {
            // Its frames cannot be told apart any more. It has most likely seen our close frame: nothing else was to be waited for.
            context.close(promise: nil)
            return
        }
        if input == nil { input = received } else { input?.writeBuffer(&received) }
        process()
    }

    /// Asked for by the channel after each read, when nobody holds it back.
    func read(context: ChannelHandlerContext) {
        if isReadingPaused { wantsRead = true } else { context.read() }
    }

    private func process() {
        // A peer that pauses and resumes while it is handed a message must not start this loop within itself.
        guard !isProcessing, var bytes = input else { return }
        isProcessing = true
        input = nil
        while !isReadingPaused, phase != .closed, let event = reader.next(&bytes) {
            handle(event)
        }
        isProcessing = false
        guard phase == .open || bytes.readableBytes < Self.worthSharing, bytes.readableBytes > 0 else { return }
        bytes.discardReadBytes()
        input = bytes
    }

    private func handle(_ event: WebSocketReader.Event) {
        if case .closing = phase {
            // Nothing counts any more but the answer to our close frame. Where the protocol is broken it will not come, or was it: some clients forget to mask it.
            switch event {
            case .close, .brokenClose: context?.close(promise: nil)
            case .failure(let code) where code != .tooLarge: context?.close(promise: nil)
            case .failure, .text, .binary, .ping, .pong: break
            }
            return
        }
        switch event {
        case .text(let message): peer.received(text: message)
        case .binary(let message): peer.received(binary: message)
        case .ping(let payload): write(opcode: 10, payload)
        case .pong: break
        case .close(let code): answerClose(code)
        case .failure(let code):
            close(code)
            // A message that is too long may go on for a while; with anything else the next word is the last.
            hasFailed = code != .tooLarge
        case .brokenClose(let code):
            hasFailed = true
            close(code)
            endWhenWritten()
        }
    }

    /// Holds back what comes from now on, also what has already been read.
    func pauseReading() { isReadingPaused = true }

    func resumeReading() {
        guard isReadingPaused else { return }
        isReadingPaused = false
        // What the other side said while it was not listened to has not been looked at.
        heartbeat.heard()
        // Not from within: whoever resumes may be in the middle of something.
        loop.turn.atEnd { [weak self] in self?.continueReading() }
    }

    private func continueReading() {
        process()
        guard !isReadingPaused, wantsRead else { return }
        wantsRead = false
        context?.read()
    }

    // MARK: Writing

    /// Bytes on their way that the socket has not taken.
    var pendingBytes: Int { channelBytes + (outgoing?.readableBytes ?? 0) }

    func send(text: [UInt8]) { write(opcode: 1, text) }

    func send(binary: [UInt8]) { write(opcode: 2, binary) }

    func send(text: [UInt8], tail: ByteBuffer) { write(opcode: 1, text, tail: tail) }

    func send(binary: [UInt8], tail: ByteBuffer) { write(opcode: 2, binary, tail: tail) }

    private func write(opcode: UInt8, _ message: [UInt8]) {
        if let compression, let payload = compression.compressed([], ByteBuffer(bytes: message)) {
            return write(opcode: Self.compressed | opcode, payload)
        }
        guard prepare(message.count) else { return }
        outgoing?.writeFrameHeader(opcode: opcode, length: message.count)
        outgoing?.writeBytes(message)
    }

    /// A message of two parts, of which the second is shared with others.
    private func write(opcode: UInt8, _ head: [UInt8], tail: ByteBuffer) {
        if let compression, let payload = compression.compressed(head, tail) {
            return write(opcode: Self.compressed | opcode, payload)
        }
        let isShared = tail.readableBytes >= Self.worthSharing
        guard prepare(head.count + (isShared ? 0 : tail.readableBytes)) else { return }
        outgoing?.writeFrameHeader(opcode: opcode, length: head.count + tail.readableBytes)
        outgoing?.writeBytes(head)
        if isShared { writeThrough(tail) } else { outgoing?.writeImmutableBuffer(tail) }
    }

    func send(_ message: ByteBuffer, isText: Bool) {
        let opcode: UInt8 = isText ? 1 : 2
        if let compression, let payload = compression.compressed([], message) {
            return write(opcode: Self.compressed | opcode, payload)
        }
        write(opcode: opcode, message)
    }

    private func write(opcode: UInt8, _ payload: ByteBuffer) {
        let isShared = payload.readableBytes >= Self.worthSharing
        guard prepare(isShared ? 0 : payload.readableBytes) else { return }
        outgoing?.writeFrameHeader(opcode: opcode, length: payload.readableBytes)
        if isShared { writeThrough(payload) } else { outgoing?.writeImmutableBuffer(payload) }
    }

    /// Makes room for a frame, and sees to it that it is flushed. False when nothing can be said any more.
    private func prepare(_ length: Int) -> Bool {
        guard phase == .open, let context else { return false }
        if outgoing == nil {
            outgoing = context.channel.allocator.buffer(capacity: length + ByteBuffer.longestFrameHeader)
        }
        if !isFlushDue {
            isFlushDue = true
            loop.turn.flushes(self)
        }
        return true
    }

    private func writeThrough(_ shared: ByteBuffer) {
        guard let context, let gathered = outgoing else { return }
        outgoing = nil
        channelBytes += gathered.readableBytes + shared.readableBytes
        loop.environment.metrics.outboundBytes.increment(by: gathered.readableBytes + shared.readableBytes)
        context.write(wrapOutboundOut(gathered), promise: nil)
        context.write(wrapOutboundOut(shared), promise: nil)
    }

    /// Writes what has been gathered.
    func flush() {
        isFlushDue = false
        guard let context else { return }
        if let gathered = outgoing {
            outgoing = nil
            loop.environment.metrics.outboundBytes.increment(by: gathered.readableBytes)
            context.writeAndFlush(wrapOutboundOut(gathered), promise: nil)
        } else {
            context.flush()
        }
        measure()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        measure()
        if context.channel.isWritable, phase == .open { peer.drained() }
    }

    private func measure() {
        guard let options = context?.channel.syncOptions else { return }
        channelBytes = (try? options.getOption(.bufferedWritableBytes)) ?? 0
    }

    // MARK: Time

    /// Once a second: heartbeat and the end of closing.
    func tick(now: NIODeadline) {
        switch phase {
        case .closed: return
        case .closing(let end):
            // A slow client that reads on after all is to find out why: its close frame is behind what waits.
            measure()
            if now >= (channelBytes > 0 ? end + Self.patience : end) { context?.close(promise: nil) }
        case .open:
            if channelBytes > 0 { measure() }
            switch heartbeat.tick(now: now, isListening: !isReadingPaused) {
            case .none: break
            case .ping: write(opcode: 9, ByteBuffer())
            case .missed: return close(.heartbeatMissed)
            }
            peer.tick(now: now)
        }
    }

    // MARK: Closing

    var isOpen: Bool { phase == .open }

    /// Who speaks here, see ``MessagePeer/user``.
    var user: String? { peer.user }

    /// Asks the client to connect elsewhere. False when it is to be closed instead.
    func move(to url: String?, within time: TimeAmount) -> Bool { phase == .open && peer.move(to: url, within: time) }

    /// The time to do so is over.
    func leave() { if phase == .open { peer.leave() } }

    /// Says goodbye, and ends the socket when the other side has answered or has had its time.
    func close(_ code: CloseCode) {
        guard phase == .open else { return }
        loop.environment.metrics.countClose(code)
        close(code.rawValue, code.reason)
    }

    private func close(_ code: UInt16, _ reason: String) {
        closing = Closing(code: code, party: .server)
        var payload = ByteBuffer()
        payload.writeInteger(code)
        payload.writeString(reason)
        write(opcode: 8, payload)
        beginClosing()
    }

    private func answerClose(_ code: UInt16?) {
        // 1005: the frame had no code.
        closing = Closing(code: code ?? 1005, party: .client)
        loop.environment.metrics.countCloseByClient()
        var payload = ByteBuffer()
        if let code { payload.writeInteger(code) }
        write(opcode: 8, payload)
        beginClosing()
        endWhenWritten()
    }

    /// Both sides have said goodbye: the server is the one to end the connection (RFC 6455, section 7.1.1), once its word is out.
    private func endWhenWritten() {
        guard let context else { return }
        flush()
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in channel.close(promise: nil) }
    }

    private func beginClosing() {
        phase = .closing(until: .now() + Self.closingTime)
        // What is still unread is read and dropped: to close with unread bytes would reset the connection and take our frame with it.
        isReadingPaused = false
        if wantsRead {
            wantsRead = false
            loop.turn.atEnd { [weak self] in self?.context?.read() }
        }
        peer.closed(closing)
    }

    private func end() {
        guard phase != .closed else { return }
        let wasOpen = phase == .open
        phase = .closed
        context = nil
        input = nil
        outgoing = nil
        loop.connections[ObjectIdentifier(self)] = nil
        if wasOpen {
            loop.environment.metrics.countCloseByClient()
            peer.closed(closing)
        }
        loop.environment.connectionEnded()
    }
}

extension WebSocketConnection: GoAwayConnection {
    func goAway() { if phase == .open { close(3000, "Go away!") } }
}

@available(*, unavailable)
extension WebSocketConnection: Sendable {}
