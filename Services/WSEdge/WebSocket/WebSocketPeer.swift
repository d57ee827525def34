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
    /// Who speaks here; nil when that is not known, or nobody.
    var user: String? { get }
    /// The session is to be elsewhere: asks the client to connect elsewhere within the time. False when the peer has no words for that.
    func move(to url: String?, within time: TimeAmount) -> Bool
    /// The time to do so is over: closes, as soon as what was taken has been answered.
    func leave()
    /// Once a second.
    func tick(now: NIODeadline)
    /// The connection is over, or about to be: nothing can be said any more. Comes once.
    func closed(_ closing: Closing)
}

extension WebSocketPeer {
    var user: String? { nil }
}
