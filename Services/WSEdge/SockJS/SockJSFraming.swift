import Messaging
import NIOCore
import SockJS

/// SockJS' frames over a WebSocket: hands what is in them to another peer. Such a session lives and ends with its WebSocket.
final class SockJSFraming: MessagePeer {
    private let inner: any MessagePeer
    private let loop: EdgeLoop
    private weak var connection: (any MessageConnection)?
    private var writtenAt = NIODeadline.now()
    /// Messages of one WebSocket message that were not handed on yet.
    private var waiting: ArraySlice<[UInt8]> = []
    private var isPaused = false
    private var isHandingOver = false
    private var isClosed = false

    init(_ inner: any MessagePeer, loop: EdgeLoop) {
        self.inner = inner
        self.loop = loop
    }

    private func write(_ frame: SockJSFrame) {
        writtenAt = .now()
        connection?.send(text: frame.bytes)
    }

    // MARK: From the WebSocket

    func opened(_ connection: any MessageConnection) {
        self.connection = connection
        write(.open)
        inner.opened(self)
    }

    func received(text: ByteBuffer) {
        do throws(SockJSPayload.Fault) {
            waiting += try SockJSPayload.messages(ofWebSocket: Array(text.readableBytesView))
            handOver()
        } catch {
            // As the protocol wants it: without a close frame of SockJS.
            connection?.close(.badFrame)
        }
    }

    private func handOver() {
        // A peer that pauses and resumes while it is handed a message must not start this loop within itself.
        guard !isHandingOver else { return }
        isHandingOver = true
        while !isPaused, !isClosed, let message = waiting.popFirst() {
            inner.received(text: ByteBuffer(bytes: message))
        }
        isHandingOver = false
    }

    func received(binary: ByteBuffer) { connection?.close(.unsupportedData) }

    func drained() { inner.drained() }

    var user: String? { inner.user }

    /// An edge's address is that of another WebSocket: where to is for the gateway to say.
    func move(to url: String?, within time: TimeAmount) -> Bool { inner.move(to: nil, within: time) }

    func leave() { inner.leave() }

    func tick(now: NIODeadline) {
        if now - writtenAt >= loop.environment.configuration.heartbeatInterval { write(.heartBeat) }
        inner.tick(now: now)
    }

    func closed(_ closing: Closing) {
        isClosed = true
        waiting = []
        inner.closed(closing)
    }
}

extension SockJSFraming: MessageConnection {
    func send(text: [UInt8]) { write(.messages([text])) }

    func send(text: [UInt8], tail: ByteBuffer) { write(.messages([text + tail.readableBytesView])) }

    func send(_ message: ByteBuffer, isText: Bool) { write(.messages([Array(message.readableBytesView)])) }

    var pendingBytes: Int { connection?.pendingBytes ?? 0 }

    func pauseReading() {
        isPaused = true
        connection?.pauseReading()
    }

    func resumeReading() {
        guard isPaused else { return }
        isPaused = false
        loop.turn.atEnd { [weak self] in
            guard let self else { return }
            handOver()
            if !isPaused { connection?.resumeReading() }
        }
    }

    var followsAddresses: Bool { false }

    func close(_ code: CloseCode) {
        write(.close(SockJSClose(code.rawValue, code.reason)))
        connection?.close(code)
    }
}

extension SockJSFraming: GoAwayConnection {
    func goAway() {
        write(.close(.goAway))
        connection?.close(.normal)
    }
}

@available(*, unavailable)
extension SockJSFraming: Sendable {}
