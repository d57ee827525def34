import Messaging
import NIOCore

/// Who speaks over a WebSocket: what a ``WebSocketConnection`` hands its messages to. Confined to the connection's event loop.
protocol WebSocketPeer: AnyObject {
    /// The handshake is over.
    func opened(_ connection: WebSocketConnection)
    func received(text: ByteBuffer)
    func received(binary: ByteBuffer)
    /// The socket takes bytes again after it had not for a while.
    func drained()
    /// Once a second.
    func tick(now: NIODeadline)
    /// The connection is over, or about to be: nothing can be said any more. Comes once.
    func closed()
}
