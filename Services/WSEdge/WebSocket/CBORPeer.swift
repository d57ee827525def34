import CBOR
import Messaging
import NIOCore

/// Speaks the contract's frames as CBOR (`switchboard.v1.cbor`): stands between a connection and a ``JSONPeer``, to each of which it is the other.
///
/// The frames that come most often are read and written here, without their JSON. What is said to many is encoded once for all of them, see ``SharedCBOR``.
final class CBORPeer: MessagePeer {
    private let peer: JSONPeer
    private let shared: SharedCBOR
    private weak var connection: (any MessageConnection)?

    init(_ peer: JSONPeer, shared: SharedCBOR) {
        self.peer = peer
        self.shared = shared
        peer.translator = self
    }

    func opened(_ connection: any MessageConnection) {
        self.connection = connection
        peer.opened(self)
    }

    func received(text: ByteBuffer) { connection?.close(.unsupportedData) }

    func received(binary: ByteBuffer) {
        if let frame = CBORFrame.usual(binary.readableBytesUInt8Span) { return peer.received(frame, in: binary) }
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
        connection?.send(binary: frame)
    }

    func send(text: [UInt8], tail: ByteBuffer) {
        guard let prefix = CBORFrame.encoded(prefix: text),
            let tail = shared.encoded(tail, by: { CBORFrame.encoded(tail: $0.readableBytesUInt8Span) })
        else { return }
        connection?.send(binary: prefix, tail: tail)
    }

    func send(_ message: ByteBuffer, isText: Bool) {
        guard let frame = shared.encoded(message, by: { CBORFrame.encoded($0.readableBytesUInt8Span) }) else { return }
        connection?.send(frame, isText: false)
    }

    var pendingBytes: Int { connection?.pendingBytes ?? 0 }

    func pauseReading() { connection?.pauseReading() }

    func resumeReading() { connection?.resumeReading() }

    func close(_ code: CloseCode) { connection?.close(code) }
}

/// What is said most often, without its JSON.
extension CBORPeer {
    /// False for what became of a message: that is translated.
    func deliver(_ message: RoutedMessage, cursor: MessageID?) -> Bool {
        guard message.change == nil else { return false }
        let tail = shared.encoded(message.tail) { json in
            let json = json.readableBytesUInt8Span
            return CBORFrame.tail(
                id: message.id, conversation: message.conversation, from: message.from,
                data: json.extracting(message.data), attachments: json.extracting(message.attachments))
        }
        if let tail { connection?.send(binary: CBORFrame.prefix(cursor: cursor), tail: tail) }
        return true
    }

    /// False for what is translated.
    func say(_ notice: SessionNotice) -> Bool {
        switch notice {
        case .accepted(let n, let id, let conversation, let isDuplicate):
            connection?.send(
                binary: CBORFrame.accepted(n: n, id: id, conversation: conversation, isDuplicate: isDuplicate))
        case .signal(let signal):
            let frame = shared.encoded(signal.frame) { _ in
                CBORFrame.signal(from: signal.from, to: signal.to, data: signal.data.span)
            }
            if let frame { connection?.send(frame, isText: false) }
        default: return false
        }
        return true
    }

    func pong(_ n: UInt64) { connection?.send(binary: CBORFrame.pong(n: n)) }
}

@available(*, unavailable)
extension CBORPeer: Sendable {}
