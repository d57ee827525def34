import NIOCore

/// What the compressed connections of one event loop share: without takeover they hold no memory of their own, and a message for many is
/// compressed once. Confined to the event loop.
public final class SharedCompression {
    /// Decompressors kept for the next message: more come about only where so many messages are half there at once.
    private static let keptInflaters = 16
    /// Messages kept compressed. Several, because one message goes out in as many ways as its recipients speak (JSON, CBOR, STOMP) and have
    /// windows, and their turns alternate.
    private static let keptMessages = 4

    private struct Kept {
        var plain: ByteBuffer
        var windowBits: Int
        var compressed: ByteBuffer
    }

    /// What the operator wishes.
    public let policy: CompressionPolicy
    /// How many messages have been compressed to be shared, each for however many connections.
    public private(set) var compressions = 0
    private var inflaters: [Inflater] = []
    /// By the bits of their windows: nearly always one.
    private var deflaters: [Int: Deflater] = [:]
    /// What was compressed last: what goes to many does so one after the other.
    private var kept: [Kept] = []

    /// What is shared by connections that keep to a policy.
    public init(policy: CompressionPolicy) { self.policy = policy }

    /// What a connection compresses with, if its client offers something that fits; nil otherwise.
    /// - Parameter offers: the values of its `Sec-WebSocket-Extensions`.
    public func agree(on offers: [String]) -> MessageCompression? {
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
        if let same = kept.first(where: { $0.windowBits == windowBits && $0.plain == plain }) { return same.compressed }
        let deflater = deflaters[windowBits] ?? Deflater(policy, windowBits: windowBits, takesOver: false)
        deflaters[windowBits] = deflater
        var compressed = ByteBuffer()
        deflater.compress(plain, into: &compressed)
        let new = Kept(plain: plain, windowBits: windowBits, compressed: compressed)
        // The oldest makes room.
        let place = compressions % Self.keptMessages
        if place < kept.count { kept[place] = new } else { kept.append(new) }
        compressions += 1
        return compressed
    }
}

@available(*, unavailable)
extension SharedCompression: Sendable {}
