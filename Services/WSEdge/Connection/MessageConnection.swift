import Messaging
import NIOCore

/// Carries the messages of one client both ways, whatever they travel in: a WebSocket, or a SockJS session. Confined to its event loop.
///
/// What comes is handed to a ``MessagePeer``.
protocol MessageConnection: AnyObject {
    func send(text: [UInt8])
    /// Sends a text of two parts, of which the second is shared with others.
    func send(text: [UInt8], tail: ByteBuffer)
    /// Sends a message that is shared with others. What carries text alone sends a binary one as text: it has to be UTF-8 there.
    func send(_ message: ByteBuffer, isText: Bool)
    /// The same of bytes that are no text.
    func send(binary: [UInt8])
    func send(binary: [UInt8], tail: ByteBuffer)
    /// Bytes on their way that the client has not taken.
    var pendingBytes: Int { get }
    /// Holds back what comes from now on, also what has already been read.
    func pauseReading()
    func resumeReading()
    /// Says goodbye; ``MessagePeer/closed(_:)`` is called within.
    func close(_ code: CloseCode)
    /// See ``SessionTransport/followsAddresses``.
    var followsAddresses: Bool { get }
}

extension MessageConnection {
    var followsAddresses: Bool { true }

    func send(binary: [UInt8]) { send(ByteBuffer(bytes: binary), isText: false) }

    func send(binary: [UInt8], tail: ByteBuffer) {
        var message = ByteBuffer(bytes: binary)
        message.writeImmutableBuffer(tail)
        send(message, isText: false)
    }
}
