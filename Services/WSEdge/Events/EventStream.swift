import Authentication
import CoreMetrics
import HTTPTypes
import Messaging
import NIOCore
import ServiceRuntime

/// A session that is only listened to: Server-Sent Events over one long answer (`GET /events`).
///
/// Its data are the contract's JSON frames, and an event's id is the cursor, so that an `EventSource` resumes by itself. What was written acknowledges
/// nothing, since nobody says that it has arrived: the place that a client names when it comes back does.
final class EventStream: EdgeConnection {
    static let path = "/events"

    private enum Phase { case waiting, open, closed }

    /// From how long on an `EventSource` comes back by itself, in milliseconds.
    private static let shortestRetry = 1000

    private let handshake: Handshake
    private let loop: EdgeLoop
    private let stream: ResponseStream
    private let headers: [(String, String)]
    private var session: Session?
    private var phase = Phase.waiting
    private var gathered: ByteBuffer?
    private var isFlushDue = false
    private var writtenAt = NIODeadline.now()
    /// Since when the socket has not taken what waits, and how much that was.
    private var stuck: (since: NIODeadline, bytes: Int)?
    /// Bytes that the socket held when last asked.
    private var channelBytes = 0

    /// A stream for a client that has been let in.
    /// - Parameter headers: Besides those that every stream has.
    init(_ handshake: Handshake, token: Identity, stream: ResponseStream, loop: EdgeLoop, headers: [(String, String)]) {
        self.handshake = handshake
        self.loop = loop
        self.stream = stream
        self.headers = headers
        let identity = SessionIdentity(
            user: token.user, device: handshake.device, cursor: handshake.cursor, fromStart: handshake.fromStart)
        session = Session(identity: identity, token: token, transport: self, loop: loop)
    }

    /// The head of an answer, but for what depends on who asks.
    static let headers = [
        ("Content-Type", EventWriter.contentType), ("Cache-Control", "no-store, no-transform"),
        // nginx would hold it back otherwise.
        ("X-Accel-Buffering", "no"), ("X-Content-Type-Options", "nosniff"),
    ]

    func start() {
        loop.connections[ObjectIdentifier(self)] = self
        loop.environment.eventStreamsChanged(by: 1)
        stream.onGone = { [self] in gone() }
        stream.onRoom = { [self] in
            measure()
            session?.drained()
        }
        session?.start()
    }

    // MARK: Writing

    /// Has `write` add to what is written at the end of the turn.
    private func gather(_ write: (inout ByteBuffer) -> Void) {
        guard phase == .open else { return }
        var buffer = gathered ?? ByteBuffer()
        gathered = nil
        write(&buffer)
        gathered = buffer
        guard !isFlushDue else { return }
        isFlushDue = true
        loop.turn.flushes(self)
    }

    func flush() {
        isFlushDue = false
        guard let gathered else { return }
        self.gathered = nil
        writtenAt = .now()
        stream.write(gathered)
        measure()
    }

    private func measure() { channelBytes = stream.pendingBytes }

    // MARK: Time

    func tick(now: NIODeadline) {
        guard phase != .closed else { return }
        let configuration = loop.environment.configuration
        if channelBytes > 0 { measure() }
        if channelBytes == 0 || channelBytes < stuck?.bytes ?? .max {
            stuck = channelBytes > 0 ? (now, channelBytes) : nil
        } else if let stuck, now - stuck.since > configuration.heartbeatInterval + configuration.heartbeatTimeout {
            return close(.heartbeatMissed)
        }
        if phase == .open, now - writtenAt >= configuration.heartbeatInterval {
            gather(EventWriter.writeComment)
        }
        session?.tick(now: now)
    }

    // MARK: Closing

    var isOpen: Bool { phase != .closed }
    var user: String? { session?.user }

    /// Where to is for the gateway to say, see ``followsAddresses``.
    func move(to url: String?, within time: TimeAmount) -> Bool { session?.move(to: nil, within: time) ?? false }

    func leave() { session?.leave() }

    func close(_ code: CloseCode) {
        guard phase != .closed else { return }
        loop.environment.metrics.countClose(code)
        if phase == .waiting {
            stream.respond(SiteResponse(Self.problem(code)).adding(headers), closes: true)
        } else {
            gather { buffer in
                if code == .moved || code == .goingAway { EventWriter.writeRetry(retry, to: &buffer) }
                EventWriter.write(
                    name: "close", Array("{\"code\":\(code.rawValue),\"reason\":\"\(code.reason)\"}".utf8), to: &buffer)
            }
            flush()
            stream.end(closes: true)
        }
        end(Closing(code: code.rawValue, party: .server))
    }

    private func gone() {
        guard phase != .closed else { return }
        loop.environment.metrics.countCloseByClient()
        end(.lost)
    }

    private func end(_ closing: Closing) {
        phase = .closed
        gathered = nil
        loop.connections[ObjectIdentifier(self)] = nil
        let session = session
        self.session = nil
        session?.transportClosed(closing)
        loop.environment.eventStreamsChanged(by: -1)
        loop.environment.connectionEnded()
    }

    /// When the stream has not begun the answer can still say why it does not. An `EventSource` gives up then, as it should where coming back is of no use.
    private static func problem(_ code: CloseCode) -> Problem {
        switch code {
        case .unauthorized, .tokenExpired, .endedByOperator:
            Problem(.unauthorized, code: "unauthorized", detail: "the token does not hold any more: get a new one")
        case .tooManySessions:
            Problem(
                .tooManyRequests, code: "rate_limited", detail: "this user has too many sessions: end one of them",
                retryAfter: 30)
        default:
            Problem(
                .serviceUnavailable, code: "busy", detail: "the edge cannot take this session now: connect again",
                retryAfter: .random(in: 1...5))
        }
    }

    /// Clients of an edge that goes come back spread over the time that the others need for them.
    private var retry: Int {
        let spread = ReconnectSpread.milliseconds(
            sessions: loop.environment.sessions, rate: loop.environment.configuration.reconnectRate)
        return .random(in: Self.shortestRetry...Self.shortestRetry + max(2000, spread))
    }
}

extension EventStream: SessionTransport {
    var speaks: String { "events" }

    var pendingBytes: Int { channelBytes + (gathered?.readableBytes ?? 0) }

    func deliver(_ message: RoutedMessage, cursor: MessageID?) {
        gather { EventWriter.write(id: cursor, message.prefix(cursor: cursor), tail: message.tail, to: &$0) }
    }

    func say(_ notice: SessionNotice) {
        var id: MessageID?
        if case .welcome(let cursor) = notice {
            guard phase == .waiting else { return }
            phase = .open
            stream.begin(200, Self.headers + headers)
            gather { EventWriter.writeRetry(retry, to: &$0) }
            // So that a client which comes back before anything has come goes on from here.
            id = cursor
        }
        switch notice.json(of: session) {
        case .own(let frame): gather { EventWriter.write(id: id, frame, to: &$0) }
        case .shared(let frame): gather { EventWriter.write([], tail: frame, to: &$0) }
        }
    }

    /// Its address is one of its own, and an `EventSource` keeps to the one it has.
    var followsAddresses: Bool { false }

    /// Nothing is read from who only listens.
    func pauseReading() {}
    func resumeReading() {}
}

@available(*, unavailable)
extension EventStream: Sendable {}
