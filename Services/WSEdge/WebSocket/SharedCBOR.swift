import CBOR
import NIOCore

/// The rest of the message that was translated last, for all sessions of an event loop that are spoken to in CBOR: what goes to many does so one
/// after the other. Confined to the event loop.
final class SharedCBOR {
    private var last: (json: ByteBuffer, cbor: ByteBuffer)?

    func tail(_ json: ByteBuffer) -> ByteBuffer? {
        if let last, last.json == json { return last.cbor }
        guard let cbor = CBORFrame.encoded(tail: json.readableBytesUInt8Span).map(ByteBuffer.init(bytes:)) else {
            return nil
        }
        last = (json, cbor)
        return cbor
    }
}

@available(*, unavailable)
extension SharedCBOR: Sendable {}
