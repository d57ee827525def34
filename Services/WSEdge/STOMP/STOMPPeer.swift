import Authentication
import Logging
import Messaging
import NIOCore
import STOMP

/// Speaks STOMP 1.0, 1.1 and 1.2 over whatever carries text, for a session.
///
/// What the protocol says is in ``STOMPConnection``, which is pure; this carries out what it asks for, one effect at a time. A client that asks for more than its
/// rate is not refused, which would end a STOMP session, but read more slowly.
final class STOMPPeer: MessagePeer {
    /// The most gaps that wait to be told: more groups than anybody is in.
    static let gapLimit = 10_000

    /// Why the client is not read.
    struct Holds: OptionSet {
        let rawValue: UInt8
        /// The session wants it so.
        static let session = Holds(rawValue: 1)
        /// It asks for more than its rate.
        static let rate = Holds(rawValue: 2)
    }

    let handshake: STOMPHandshake
    unowned let loop: EdgeLoop
    weak var connection: (any MessageConnection)?
    var stomp: STOMPConnection
    var session: Session?
    var requests = STOMPRequests()
    /// What a frame has brought about and is still to be done, in order.
    private var effects = CircularBuffer<STOMPEffect>()
    private var holds: Holds = []
    private var isProceeding = false
    private var hasEnded = false
    /// Whether something was said since the last tick.
    var hasSaid = false
    /// Up to where the inbox was handed over for subscriptions that do not acknowledge: acknowledged when the connection has taken it.
    var handedOver: MessageID?
    /// Subscriptions to topics that have not been answered: the requests' numbers.
    var joining: [String: UInt64] = [:]
    /// What is missing of what comes with the inbox, to be said when somebody listens to that.
    var gaps: [SessionNotice] = []
    /// Where to connect again, once that has been said.
    var movesTo: String?
    var isAnonymous = false
    var noticeCount: UInt64 = 0
    /// Until when CONNECT must have come.
    private var connectDue: NIODeadline?

    init(handshake: STOMPHandshake, loop: EdgeLoop) {
        self.handshake = handshake
        self.loop = loop
        var configuration = loop.environment.configuration.stomp
        configuration.subprotocol = handshake.version
        stomp = STOMPConnection(configuration)
    }

    static func now(_ deadline: NIODeadline = .now()) -> Duration { .nanoseconds(deadline.uptimeNanoseconds) }

    func opened(_ connection: any MessageConnection) {
        self.connection = connection
        connectDue = .now() + loop.environment.configuration.handshakeTimeout
    }

    func closed(_ closing: Closing) {
        hasEnded = true
        effects.removeAll()
        stomp.session.end()
        session?.transportClosed(closing)
        session = nil
        connectDue = nil
    }

    func drained() { session?.drained() }

    var user: String? { session?.user }

    func move(to url: String?, within time: TimeAmount) -> Bool { session?.move(to: url, within: time) ?? false }

    func leave() { session?.leave() }

    func tick(now: NIODeadline) {
        session?.tick(now: now)
        guard !hasEnded else { return }
        if connection?.pendingBytes == 0 { acknowledgeHandedOver() }
        if let connectDue, now >= connectDue, !stomp.session.isConnected {
            let error = STOMPError(.notConnected, "no CONNECT with a token came in time")
            return carryOut(stomp.session.fail(error, code: .unauthorized))
        }
        let time = Self.now(now)
        if hasSaid { stomp.sent(now: time) }
        hasSaid = false
        // Who is not read cannot be blamed for silence.
        if !holds.isEmpty { stomp.heard(now: time) }
        switch stomp.tick(now: time, next: .seconds(1)) {
        case .send?: connection?.send(text: [UInt8(ascii: "\n")])
        case .silent?: close(.heartbeatMissed)
        case nil: break
        }
    }

    // MARK: What the client says

    func received(text: ByteBuffer) {
        stomp.receive(text.readableBytesUInt8Span, now: Self.now())
        proceed()
    }

    func received(binary: ByteBuffer) { received(text: binary) }

    /// Does what the client has asked for, until nothing is left or it is to wait.
    func proceed() {
        guard !isProceeding else { return }
        isProceeding = true
        defer { isProceeding = false }
        while holds.isEmpty, !hasEnded {
            if let wait = waitForTurn() { return pause(milliseconds: wait) }
            if let effect = effects.popFirst() {
                carryOut(effect)
            } else {
                guard let step = stomp.next() else { return }
                loop.environment.metrics.count(step.frameType, in: .stomp)
                effects.append(contentsOf: step.effects)
                if let session, !step.effects.contains(where: Self.isCounted) {
                    // What costs nothing further counts as a frame all the same.
                    let cost = step.frameType == .ack ? TokenBucket.Cost.acknowledgement : .frame
                    _ = session.bucket.take(cost, now: .now())
                }
            }
        }
    }

    /// Whether the session takes it for a frame when it is asked for it.
    private static func isCounted(_ effect: STOMPEffect) -> Bool {
        switch effect {
        case .send, .subscribeTopic, .unsubscribeTopic, .watch, .unwatch: true
        default: false
        }
    }

    private func waitForTurn() -> Int? {
        guard let session, effects.first.map(Self.isCounted) ?? true else { return nil }
        return session.wait()
    }

    // MARK: Holding the client back

    private func pause(milliseconds: Int) {
        hold(.rate)
        loop.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(milliseconds))) { [weak self] in
            self?.release(.rate)
        }
    }

    func hold(_ reason: Holds) {
        if holds.isEmpty { connection?.pauseReading() }
        holds.insert(reason)
    }

    func release(_ reason: Holds) {
        guard holds.contains(reason) else { return }
        holds.remove(reason)
        guard holds.isEmpty, !hasEnded else { return }
        stomp.heard(now: Self.now())
        // What is left of what has come is older than what is read next.
        loop.turn.atEnd { [weak self] in self?.proceed() }
        connection?.resumeReading()
    }

    // MARK: Ending

    func end(_ code: CloseCode) {
        guard !hasEnded else { return }
        hasEnded = true
        // With DISCONNECT a client has had what it wanted; otherwise what is on its way may be lost.
        if code == .normal { acknowledgeHandedOver() }
        connection?.close(code)
    }

    /// What was handed over for subscriptions that do not acknowledge is acknowledged for them.
    func acknowledgeHandedOver() {
        guard let cursor = handedOver else { return }
        handedOver = nil
        session?.acknowledged(cursor)
    }
}

extension STOMPStep {
    /// As what it is counted.
    var frameType: WSEdgeMetrics.FrameType {
        switch command {
        case .connect, .stomp: .auth
        case .send:
            switch effects.first {
            case .send(let send)?:
                switch send.purpose {
                case .message: .send
                case .signal: .signal
                case .edit: .edit
                case .delete: .delete
                case .read: .read
                case .token: .auth
                }
            default: .send
            }
        case .subscribe: .subscribe
        case .unsubscribe: .unsubscribe
        case .ack, .nack: .ack
        case .begin, .commit, .abort: .transaction
        case .disconnect: .disconnect
        case .connected, .message, .receipt, .error, nil: .other
        }
    }
}

@available(*, unavailable)
extension STOMPPeer: Sendable {}
