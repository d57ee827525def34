public import NIOCore

/// `permessage-deflate` of one connection: what was agreed, and what it takes to keep to it. Confined to the event loop.
public final class MessageCompression {
    private let agreement: CompressionAgreement
    private let shared: SharedCompression
    /// Its own where messages refer to those before them; made when it is first needed.
    private var deflater: Deflater?
    /// Its own where messages refer to those before them, else that of the message whose pieces are coming.
    private var inflater: Inflater?

    init(_ agreement: CompressionAgreement, shared: SharedCompression) {
        self.agreement = agreement
        self.shared = shared
    }

    deinit {
        if !agreement.clientTakesOver, let inflater { shared.giveBack(inflater) }
    }

    /// The value of the handshake's `Sec-WebSocket-Extensions`.
    public var answer: String { agreement.answer }

    // MARK: Reading

    /// Adds what a piece of a compressed message holds to `message`, at most up to `limit` bytes in all.
    func inflate(
        _ piece: ByteBuffer, isLast: Bool, into message: inout ByteBuffer, limit: Int
    ) throws(Inflater.Failure) {
        let inflater =
            self.inflater
            ?? (agreement.clientTakesOver
                ? Inflater(windowBits: agreement.clientWindowBits, takesOver: true) : shared.borrow())
        self.inflater = inflater
        try inflater.inflate(piece, into: &message, limit: limit)
        guard isLast else { return }
        try inflater.finish(into: &message, limit: limit)
        if !agreement.clientTakesOver {
            shared.giveBack(inflater)
            self.inflater = nil
        }
    }

    // MARK: Writing

    /// The payload of a frame for a message of two parts, of which the second is the same for others; nil when it goes as it is.
    public func compressed(_ prefix: [UInt8], _ rest: ByteBuffer) -> ByteBuffer? {
        let count = prefix.count + rest.readableBytes
        guard count >= shared.policy.threshold else { return nil }
        if agreement.serverTakesOver { return compressedWithContext(prefix, rest) }
        // The first part is small and another for each recipient.
        guard prefix.count <= 256 else { return nil }
        let compressed = shared.compressed(rest, windowBits: agreement.serverWindowBits)
        guard !prefix.isEmpty else { return compressed.readableBytes < count ? compressed : nil }
        let length = ByteBuffer.storedBlockHeader + prefix.count + compressed.readableBytes
        guard length < count else { return nil }
        var payload = ByteBuffer()
        payload.reserveCapacity(length)
        payload.writeStoredBlock(prefix)
        payload.writeImmutableBuffer(compressed)
        return payload
    }

    private func compressedWithContext(_ prefix: [UInt8], _ rest: ByteBuffer) -> ByteBuffer {
        let deflater =
            self.deflater ?? Deflater(shared.policy, windowBits: agreement.serverWindowBits, takesOver: true)
        self.deflater = deflater
        var payload = ByteBuffer()
        // Whatever its length: it is part of what the other side remembers now.
        deflater.compress(ByteBuffer(bytes: prefix), rest, into: &payload)
        return payload
    }
}

@available(*, unavailable)
extension MessageCompression: Sendable {}
