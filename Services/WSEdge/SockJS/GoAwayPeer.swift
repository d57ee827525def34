import Messaging
import NIOCore

/// What can be closed in the words of the SockJS protocol's test service.
protocol GoAwayConnection: AnyObject {
    /// Closes with 3000 `Go away!`.
    func goAway()
}

/// Closes whatever is opened, for the SockJS protocol's public tests.
final class GoAwayPeer: MessagePeer {
    func opened(_ connection: any MessageConnection) { (connection as? any GoAwayConnection)?.goAway() }

    func received(text: ByteBuffer) {}

    func received(binary: ByteBuffer) {}

    func drained() {}

    func move(to url: String?, within time: TimeAmount) -> Bool { false }

    func leave() {}

    func tick(now: NIODeadline) {}

    func closed(_ closing: Closing) {}
}

@available(*, unavailable)
extension GoAwayPeer: Sendable {}
