import NIOCore

/// What was said last to several, as CBOR, for all sessions of an event loop that are spoken to so: what goes to many does so one
/// after the other. Confined to the event loop.
final class SharedCBOR {
    private var last: (json: ByteBuffer, cbor: ByteBuffer)?

    /// The same in CBOR as is said by `json`: a frame, or the rest of one.
    /// - Parameter encode: Makes it, unless it is what was made last.
    func encoded(_ json: ByteBuffer, by encode: (ByteBuffer) -> [UInt8]?) -> ByteBuffer? {
        if let last, last.json == json { return last.cbor }
        guard let cbor = encode(json).map(ByteBuffer.init(bytes:)) else { return nil }
        last = (json, cbor)
        return cbor
    }
}

@available(*, unavailable)
extension SharedCBOR: Sendable {}
