import NIOCore
import PerMessageDeflate

/// What the compressed connections of one event loop share. Confined to the event loop.
final class SharedCompression {
    /// Decompressors kept for the next message: more come about only where so many messages are half there at once.
    private static let keptInflaters = 16

    let policy: CompressionPolicy
    private var inflaters: [Inflater] = []
    /// By the bits of their windows: nearly always one.
    private var deflaters: [Int: Deflater] = [:]
    /// What was compressed last, with which window, and what came of it: what goes to many does so one after the other.
    private var last: (plain: ByteBuffer, bits: Int, compressed: ByteBuffer)?

    init(policy: CompressionPolicy) { self.policy = policy }

    /// What a connection compresses with, if its client offers something that fits; nil otherwise.
    /// - Parameter offers: the values of its `Sec-WebSocket-Extensions`.
    func agree(on offers: [String]) -> MessageCompression? {
        CompressionAgreement(offers: offers, policy: policy).map { MessageCompression($0, shared: self) }
    }

    /// A decompressor for one message, to be given back after it.
    func borrow() -> Inflater { inflaters.popLast() ?? Inflater(windowBits: 15, takesOver: false) }

    func giveBack(_ inflater: Inflater) {
        guard inflaters.count < Self.keptInflaters else { return }
        inflater.reset()
        inflaters.append(inflater)
    }

    /// The payload for a message that goes to whoever it goes to.
    func compressed(_ plain: ByteBuffer, windowBits: Int) -> ByteBuffer {
        if let last, last.bits == windowBits, last.plain == plain { return last.compressed }
        let deflater = deflaters[windowBits] ?? Deflater(policy, windowBits: windowBits, takesOver: false)
        deflaters[windowBits] = deflater
        var compressed = ByteBuffer()
        deflater.compress(plain, into: &compressed)
        last = (plain, windowBits, compressed)
        return compressed
    }
}

@available(*, unavailable)
extension SharedCompression: Sendable {}
