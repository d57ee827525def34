import Messaging
import NIOCore

/// Says back what it is told, text and binary: for conformance suites, at `--echo-path`.
final class EchoPeer: MessagePeer {
    /// The longest message, in bytes.
    static let limit = 16 << 20

    private weak var connection: (any MessageConnection)?

    func opened(_ connection: any MessageConnection) { self.connection = connection }

    func received(text: ByteBuffer) { echo(text, isText: true) }

    func received(binary: ByteBuffer) { echo(binary, isText: false) }

    private func echo(_ message: ByteBuffer, isText: Bool) {
        guard let connection else { return }
        connection.send(message, isText: isText)
        // Who does not read what it sent is read no further, so memory is bounded by one message.
        if connection.pendingBytes > Self.limit { connection.pauseReading() }
    }

    func drained() { connection?.resumeReading() }

    func move(to url: String?, within time: TimeAmount) -> Bool { false }

    func leave() {}

    func tick(now: NIODeadline) {}

    func closed(_ closing: Closing) {}
}

@available(*, unavailable)
extension EchoPeer: Sendable {}
