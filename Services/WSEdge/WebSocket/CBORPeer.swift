import CBOR
import Messaging
import NIOCore

/// Speaks the contract's frames as CBOR (`switchboard.v1.cbor`): stands between a connection and a ``JSONPeer``, to each of which it is the other.
///
/// What is said is translated once for all who get it, see ``SharedCBOR``.
final class CBORPeer: MessagePeer {
    private let peer: JSONPeer
    private let shared: SharedCBOR
    private weak var connection: (any MessageConnection)?

    init(_ peer: JSONPeer, shared: SharedCBOR) {
        self.peer = peer
        self.shared = shared
    }

    func opened(_ connection: any MessageConnection) {
        self.connection = connection
        peer.opened(self)
    }

    func received(text: ByteBuffer) { connection?.close(.unsupportedData) }

    func received(binary: ByteBuffer) {
        do throws(MessagingError) {
            peer.received(text: ByteBuffer(bytes: try CBORFrame.json(binary.readableBytesUInt8Span)))
        } catch {
            peer.refuse(error)
        }
    }

    func drained() { peer.drained() }

    var user: String? { peer.user }

    func move(to url: String?, within time: TimeAmount) -> Bool { peer.move(to: url, within: time) }

    func leave() { peer.leave() }

    func tick(now: NIODeadline) { peer.tick(now: now) }

    func closed(_ closing: Closing) {
        peer.closed(closing)
        connection = nil
    }
}

extension CBORPeer: MessageConnection {
    func send(text: [UInt8]) {
        guard let frame = CBORFrame.encoded(text.span) else { return }
        connection?.send(ByteBuffer(bytes: frame), isText: false)
    }

    func send(text: [UInt8], tail: ByteBuffer) {
        guard let prefix = CBORFrame.encoded(prefix: text), let tail = shared.tail(tail) else { return }
        var frame = ByteBuffer()
        frame.reserveCapacity(prefix.count + tail.readableBytes)
        frame.writeBytes(prefix)
        frame.writeImmutableBuffer(tail)
        connection?.send(frame, isText: false)
    }

    func send(_ message: ByteBuffer, isText: Bool) {
        guard let frame = CBORFrame.encoded(message.readableBytesUInt8Span) else { return }
        connection?.send(ByteBuffer(bytes: frame), isText: false)
    }

    var pendingBytes: Int { connection?.pendingBytes ?? 0 }

    func pauseReading() { connection?.pauseReading() }

    func resumeReading() { connection?.resumeReading() }

    func close(_ code: CloseCode) { connection?.close(code) }
}

@available(*, unavailable)
extension CBORPeer: Sendable {}
