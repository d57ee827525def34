import Authentication
import HTTPTypes
import Messaging
import NIOCore
import NIOHTTP1
import STOMP
import ServiceRuntime

/// Finds out what a client speaks where the address does not say: JSON frames or STOMP. From then on it only passes on, both ways.
///
/// The query may say it (`protocol=json`, `protocol=stomp`), and must where a client of the JSON frames waits for its welcome before it says anything; else the first
/// message does, which is JSON when it begins with a brace.
final class FirstMessagePeer: MessagePeer {
    private let head: HTTPRequestHead
    private let target: RequestTarget
    private unowned let loop: EdgeLoop
    private weak var connection: (any MessageConnection)?
    private var peer: (any MessagePeer)?
    private var due: NIODeadline?
    /// The message by which it was found out, as long as the peer does not listen.
    private var first: ByteBuffer?
    private var isPaused = false

    init(_ head: HTTPRequestHead, _ target: RequestTarget, loop: EdgeLoop) {
        self.head = head
        self.target = target
        self.loop = loop
    }

    func opened(_ connection: any MessageConnection) {
        self.connection = connection
        let subprotocol = head.headers[canonicalForm: "sec-websocket-protocol"]
        if target.value("protocol") == "json" || subprotocol.contains(Handshake.subprotocol[...]) {
            speakJSON()
        } else if target.value("protocol") == "stomp" || STOMPVersion.highest(ofSubprotocols: subprotocol) != nil {
            speakSTOMP()
        } else {
            due = .now() + loop.environment.configuration.handshakeTimeout
        }
    }

    func received(text: ByteBuffer) {
        if let peer { return peer.received(text: text) }
        let first = text.readableBytesView.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0a && $0 != 0x0d }
        // An end of line is a heart-beat in STOMP, and nothing here.
        guard let first else { return }
        if first == UInt8(ascii: "{") { speakJSON() } else { speakSTOMP() }
        self.first = text
        handOver()
    }

    private func handOver() {
        guard !isPaused, let peer, let text = first else { return }
        first = nil
        peer.received(text: text)
    }

    func received(binary: ByteBuffer) {
        if let peer { return peer.received(binary: binary) }
        connection?.close(.unsupportedData)
    }

    // MARK: Peers

    private func speakJSON() {
        do throws(Problem) {
            speak(JSONPeer(handshake: try Handshake(head, target: target, loop.environment), loop: loop))
        } catch {
            connection?.send(
                text: ServerFrame.error(
                    error.status == .unauthorized ? .unauthorized : .badRequest, error.detail, n: nil))
            connection?.close(error.status == .unauthorized ? .unauthorized : .badFrame)
        }
    }

    private func speakSTOMP() {
        do throws(Problem) {
            speak(STOMPPeer(handshake: try STOMPHandshake(head, target: target, loop.environment), loop: loop))
        } catch {
            connection?.send(text: STOMPFrame(.error, ["message": error.detail]).encoded(for: nil))
            connection?.close(error.status == .unauthorized ? .unauthorized : .badFrame)
        }
    }

    private func speak(_ peer: any MessagePeer) {
        due = nil
        self.peer = peer
        peer.opened(self)
    }

    /// The subprotocol to confirm to a WebSocket without SockJS' frames.
    /// - Throws: ``Problem`` when none of those offered is spoken.
    static func subprotocol(_ head: HTTPRequestHead) throws(Problem) -> String? {
        let offered = head.headers[canonicalForm: "sec-websocket-protocol"]
        guard !offered.isEmpty else { return nil }
        if offered.contains(Handshake.subprotocol[...]) { return Handshake.subprotocol }
        guard let version = STOMPVersion.highest(ofSubprotocols: offered) else {
            throw Problem(
                .badRequest, code: "bad_request",
                detail:
                    "header Sec-WebSocket-Protocol offers nothing that is spoken here: offer \(Handshake.subprotocol), v12.stomp, v11.stomp or v10.stomp, or nothing"
            )
        }
        return version.subprotocol
    }

    // MARK: The rest

    func drained() { peer?.drained() }

    var user: String? { peer?.user }

    func move(to url: String?, within time: TimeAmount) -> Bool { peer?.move(to: url, within: time) ?? false }

    /// Who has said nothing yet has nothing to wait for.
    func leave() { if let peer { peer.leave() } else { connection?.close(.moved) } }

    func tick(now: NIODeadline) {
        peer?.tick(now: now)
        if let due, now >= due {
            connection?.send(
                text: ServerFrame.error(.unauthorized, "nothing was said in time: send a frame first", n: nil))
            connection?.close(.unauthorized)
        }
    }

    func closed(_ closing: Closing) {
        due = nil
        first = nil
        peer?.closed(closing)
    }
}

extension FirstMessagePeer: MessageConnection {
    func send(text: [UInt8]) { connection?.send(text: text) }

    func send(text: [UInt8], tail: ByteBuffer) { connection?.send(text: text, tail: tail) }

    func send(_ message: ByteBuffer, isText: Bool) { connection?.send(message, isText: isText) }

    var pendingBytes: Int { connection?.pendingBytes ?? 0 }

    var followsAddresses: Bool { connection?.followsAddresses ?? true }

    func pauseReading() {
        isPaused = true
        connection?.pauseReading()
    }

    func resumeReading() {
        isPaused = false
        guard first != nil else {
            connection?.resumeReading()
            return
        }
        // Not from within: whoever resumes may be in the middle of something.
        loop.turn.atEnd { [weak self] in
            guard let self else { return }
            handOver()
            if !isPaused { connection?.resumeReading() }
        }
    }

    func close(_ code: CloseCode) { connection?.close(code) }
}

@available(*, unavailable)
extension FirstMessagePeer: Sendable {}
