public import Messaging
public import NIOCore

/// Reads WebSocket frames from the bytes of a socket, and puts fragments together.
///
/// Our own instead of NIO's decoder and aggregator, because a frame's faults are to be seen before its end: wrong headers, a length
/// past the limit and text that is not UTF-8 fail at once, as RFC 6455 advises, and nothing waits in memory for what will be refused.
/// Source: https://www.rfc-editor.org/rfc/rfc6455#section-5
public struct WebSocketReader {
    /// What has been read.
    public enum Event: Equatable {
        case text(ByteBuffer)
        case binary(ByteBuffer)
        case ping(ByteBuffer)
        case pong
        /// The other side closes. The code is what to answer with; nil when it gave none.
        case close(UInt16?)
        /// The other side breaks the protocol: close with this code and read no more.
        case failure(CloseCode)
        /// The other side closes, and breaks the protocol by how it does: close with this code, and do not wait for its answer, which it has given.
        case brokenClose(CloseCode)
    }

    private enum Opcode: UInt8 {
        case continuation = 0
        case text = 1
        case binary = 2
        case close = 8
        case ping = 9
        case pong = 10

        var isControl: Bool { rawValue >= 8 }
    }

    /// A frame whose header has been read.
    private struct Frame {
        var opcode: Opcode
        var isFinal: Bool
        /// Bytes still to come.
        var missing: Int
        /// The mask for the next byte and those after it, lowest byte first.
        var mask: UInt32
    }

    /// The longest message, in bytes, once it is no longer compressed.
    public let limit: Int
    /// What was agreed on compression; nil when nothing was, and then a frame that says it is compressed breaks the protocol.
    private let compression: MessageCompression?
    private var frame: Frame?
    /// The kind of the message whose fragments are coming.
    private var message: Opcode?
    private var fragments: ByteBuffer?
    /// Whether that message is compressed, and how many bytes it has had so.
    private var isCompressed = false
    private var compressedBytes = 0
    private var validator = UTF8Validator()
    private var hasFailed = false

    /// - Parameters:
    ///   - limit: the longest message, in bytes, once it is no longer compressed.
    ///   - compression: what was agreed on compression, if anything.
    public init(limit: Int, compression: MessageCompression? = nil) {
        self.limit = limit
        self.compression = compression
    }

    /// The next event, or nil when more bytes are needed. Consumes from `input` what it has understood.
    ///
    /// After a failure there is nothing more: where the next frame begins is not known.
    public mutating func next(_ input: inout ByteBuffer) -> Event? {
        guard !hasFailed else {
            input.clear()
            return nil
        }
        let event = read(&input)
        switch event {
        case .failure, .brokenClose: hasFailed = true
        default: break
        }
        return event
    }

    private mutating func read(_ input: inout ByteBuffer) -> Event? {
        while true {
            if frame == nil {
                switch readHeader(&input) {
                case .needsMore: return nil
                case .failure(let code): return .failure(code)
                case .longClose: return .brokenClose(.protocolError)
                case .header(let header): frame = header
                }
            }
            guard let current = frame else { return nil }
            if current.opcode.isControl {
                guard let payload = payload(current.missing, &input) else { return nil }
                frame = nil
                return control(current.opcode, payload)
            }
            switch readData(current, &input) {
            case .needsMore: return nil
            case .continues: continue
            case .event(let event): return event
            }
        }
    }

    // MARK: Data frames

    private enum DataResult { case needsMore, continues, event(Event) }

    private mutating func readData(_ current: Frame, _ input: inout ByteBuffer) -> DataResult {
        let isComplete = input.readableBytes >= current.missing
        guard let part = payload(min(current.missing, input.readableBytes), &input) else { return .needsMore }
        if isCompressed { return readCompressed(part, isComplete: isComplete, isFinal: current.isFinal) }
        if message == .text, !validator.accepts(part.readableBytesUInt8Span) { return .event(.failure(.invalidText)) }
        guard isComplete, current.isFinal else {
            fragments.setOrWriteImmutableBuffer(part)
            if isComplete { frame = nil }
            return isComplete ? .continues : .needsMore
        }
        frame = nil
        var whole = part
        if fragments != nil {
            fragments?.writeImmutableBuffer(part)
            whole = fragments ?? part
            fragments = nil
        }
        return .event(finished(whole))
    }

    private mutating func readCompressed(_ part: ByteBuffer, isComplete: Bool, isFinal: Bool) -> DataResult {
        var whole = fragments ?? ByteBuffer()
        fragments = nil
        let known = whole.readableBytes
        do throws(Inflater.Failure) {
            try compression?.inflate(part, isLast: isComplete && isFinal, into: &whole, limit: limit)
        } catch {
            return .event(.failure(error == .tooLong ? .tooLarge : .invalidText))
        }
        if message == .text {
            var more = whole
            more.moveReaderIndex(forwardBy: known)
            guard validator.accepts(more.readableBytesUInt8Span) else { return .event(.failure(.invalidText)) }
        }
        if isComplete { frame = nil }
        guard isComplete, isFinal else {
            fragments = whole
            return isComplete ? .continues : .needsMore
        }
        return .event(finished(whole))
    }

    private mutating func finished(_ whole: ByteBuffer) -> Event {
        defer {
            message = nil
            validator = UTF8Validator()
        }
        guard message == .text else { return .binary(whole) }
        return validator.isComplete ? .text(whole) : .failure(.invalidText)
    }

    /// Unmasks and takes `count` bytes of the current frame; nil when they have not all come.
    private mutating func payload(_ count: Int, _ input: inout ByteBuffer) -> ByteBuffer? {
        guard input.readableBytes >= count, let mask = frame?.mask else { return nil }
        // In place, before slicing: a slice shares the storage, and to write to it would copy all of it.
        input.unmask(count, mask)
        frame?.missing -= count
        let rotation = UInt32(count % 4 * 8)
        frame?.mask = rotation == 0 ? mask : mask >> rotation | mask << (32 - rotation)
        return input.readSlice(length: count)
    }

    // MARK: Control frames

    private func control(_ opcode: Opcode, _ payload: ByteBuffer) -> Event {
        switch opcode {
        case .ping: return .ping(payload)
        case .pong: return .pong
        default: break
        }
        var payload = payload
        guard payload.readableBytes > 0 else { return .close(nil) }
        guard let code = payload.readInteger(as: UInt16.self), Self.mayBeReceived(code) else {
            return .brokenClose(.protocolError)
        }
        var reason = UTF8Validator()
        guard reason.accepts(payload.readableBytesUInt8Span), reason.isComplete else {
            return .brokenClose(.invalidText)
        }
        return .close(code)
    }

    /// Source: https://www.rfc-editor.org/rfc/rfc6455#section-7.4 and the IANA registry of close codes.
    private static func mayBeReceived(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    // MARK: Headers

    private enum HeaderResult { case needsMore, header(Frame), failure(CloseCode), longClose }

    private mutating func readHeader(_ input: inout ByteBuffer) -> HeaderResult {
        let start = input.readerIndex
        guard let first = input.getInteger(at: start, as: UInt8.self) else { return .needsMore }
        guard first & 0x30 == 0, let opcode = Opcode(rawValue: first & 0x0f) else { return .failure(.protocolError) }
        // RSV1: compressed. Said by the first frame of a message.
        let saysCompressed = first & 0x40 != 0
        if saysCompressed, compression == nil || opcode.isControl || opcode == .continuation {
            return .failure(.protocolError)
        }
        let isFinal = first & 0x80 != 0
        if opcode.isControl, !isFinal { return .failure(.protocolError) }
        if !opcode.isControl, (opcode == .continuation) != (message != nil) { return .failure(.protocolError) }
        guard let second = input.getInteger(at: start + 1, as: UInt8.self) else { return .needsMore }
        guard second & 0x80 != 0 else { return .failure(.protocolError) }
        var length = UInt64(second & 0x7f)
        if opcode.isControl, length > 125 { return opcode == .close ? .longClose : .failure(.protocolError) }
        var place = start + 2
        switch length {
        case 126:
            guard let extended = input.getInteger(at: place, as: UInt16.self) else { return .needsMore }
            guard extended > 125 else { return .failure(.protocolError) }
            length = UInt64(extended)
            place += 2
        case 127:
            guard let extended = input.getInteger(at: place, as: UInt64.self) else { return .needsMore }
            guard extended > UInt16.max, extended < 1 << 63 else { return .failure(.protocolError) }
            length = extended
            place += 8
        default: break
        }
        if !opcode.isControl {
            let isFirst = opcode != .continuation
            let already = isFirst ? 0 : isCompressed ? compressedBytes : fragments?.readableBytes ?? 0
            // What cannot be compressed grows a little: stored blocks have five bytes for each 65,535.
            let most = (isFirst ? saysCompressed : isCompressed) ? limit + limit / 1024 + 64 : limit
            guard length <= UInt64(max(0, most - already)) else { return .failure(.tooLarge) }
        }
        guard let mask = input.getInteger(at: place, endianness: .little, as: UInt32.self) else { return .needsMore }
        input.moveReaderIndex(to: place + 4)
        if opcode == .text || opcode == .binary {
            (message, isCompressed, compressedBytes) = (opcode, saysCompressed, 0)
        }
        if !opcode.isControl { compressedBytes += Int(length) }
        return .header(Frame(opcode: opcode, isFinal: isFinal, missing: Int(length), mask: mask))
    }
}
