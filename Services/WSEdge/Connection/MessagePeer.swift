import Messaging
import NIOCore

/// Who speaks to a client: what a ``MessageConnection`` hands its messages to. Confined to the connection's event loop.
protocol MessagePeer: AnyObject {
    /// The connection takes and brings messages from now on.
    func opened(_ connection: any MessageConnection)
    func received(text: ByteBuffer)
    func received(binary: ByteBuffer)
    /// The connection takes bytes again after it had not for a while.
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

extension MessagePeer {
    var user: String? { nil }
}
