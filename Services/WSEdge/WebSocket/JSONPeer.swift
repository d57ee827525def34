import Authentication
import Logging
import Messaging
import NIOCore

/// Speaks the contract's JSON frames (`switchboard.v1`) over whatever carries text, for a session.
final class JSONPeer: MessagePeer {
    /// How many frames in a row may make no sense before the client is sent away.
    private static let nonsenseLimit = 50

    private let handshake: Handshake
    private unowned let loop: EdgeLoop
    private weak var connection: (any MessageConnection)?
    /// Who translates for this one, if anybody: what is said most often is said by it.
    weak var translator: CBORPeer?
    private var session: Session?
    private var nonsense = 0
    /// Until when a token must have come.
    private var tokenDue: NIODeadline?

    init(handshake: Handshake, loop: EdgeLoop) {
        self.handshake = handshake
        self.loop = loop
    }

    func opened(_ connection: any MessageConnection) {
        self.connection = connection
        if let token = handshake.token { return begin(token) }
        tokenDue = .now() + loop.environment.configuration.handshakeTimeout
    }

    private func begin(_ token: Identity) {
        tokenDue = nil
        let identity = SessionIdentity(
            user: token.user, device: handshake.device, cursor: handshake.cursor,
            fromStart: handshake.fromStart)
        let session = Session(identity: identity, token: token, transport: self, loop: loop)
        self.session = session
        session.start()
    }

    func closed(_ closing: Closing) {
        session?.transportClosed(closing)
        session = nil
        tokenDue = nil
    }

    func drained() { session?.drained() }

    var user: String? { session?.user }

    func move(to url: String?, within time: TimeAmount) -> Bool { session?.move(to: url, within: time) ?? false }

    func leave() { session?.leave() }

    func tick(now: NIODeadline) {
        session?.tick(now: now)
        if let tokenDue, now >= tokenDue {
            say(.failure(.unauthorized, "no token came in time: send {\"type\":\"auth\",\"token\":…} first", n: nil))
            close(.unauthorized)
        }
    }

    // MARK: What the client says

    func received(binary: ByteBuffer) { close(.unsupportedData) }

    func received(text: ByteBuffer) {
        let frame: ClientFrame
        do {
            frame = try ClientFrame(decoding: text.readableBytesUInt8Span)
        } catch {
            return refuse(error)
        }
        received(frame, in: text)
    }

    /// A frame that has been read from `bytes`, in which its `data` has its place.
    func received(_ frame: ClientFrame, in bytes: ByteBuffer) {
        nonsense = 0
        guard let session else { return authenticate(frame) }
        let metrics = loop.environment.metrics
        switch frame {
        case .send(let n, let to, let data, let attachments):
            metrics.count(.send)
            session.send(n: n, to: to, data: part(data, of: bytes), attachments: attachments)
        case .edit(let n, let conversation, let id, let data):
            metrics.count(.edit)
            session.change(n: n, .edit, conversation, id, data: part(data, of: bytes))
        case .delete(let n, let conversation, let id):
            metrics.count(.delete)
            session.change(n: n, .delete, conversation, id, data: [])
        case .signal(let to, let data):
            metrics.count(.signal)
            session.signal(to: to, data: part(data, of: bytes))
        case .acknowledge(let cursor):
            metrics.count(.ack)
            session.acknowledge(cursor)
        case .read(let conversation, let id):
            metrics.count(.read)
            session.markRead(conversation, upTo: id)
        case .ping(let n):
            metrics.count(.ping)
            if session.admits(.frame, n: n) { pong(n) }
        case .auth(let token):
            metrics.count(.auth)
            if session.admits(.frame, n: nil) { renew(session, token) }
        case .subscribe(let n, let topic, let start):
            metrics.count(.subscribe)
            session.subscribe(n: n, to: topic, from: start)
        case .unsubscribe(let n, let topic):
            metrics.count(.unsubscribe)
            session.unsubscribe(n: n, from: topic)
        case .watch(let n, let users):
            metrics.count(.watch)
            session.watch(n: n, users: users)
        case .unwatch(let n, let users):
            metrics.count(.unwatch)
            session.unwatch(n: n, users: users)
        }
    }

    private func pong(_ n: UInt64) {
        if let translator { translator.pong(n) } else { connection?.send(text: ServerFrame.pong(n: n)) }
    }

    private func part(_ range: Range<Int>, of bytes: ByteBuffer) -> [UInt8] {
        bytes.getBytes(at: bytes.readerIndex + range.lowerBound, length: range.count) ?? []
    }

    /// Answers a frame that makes no sense.
    func refuse(_ error: MessagingError) {
        loop.environment.metrics.count(.other)
        guard let session else {
            say(.failure(.badRequest, error.description, n: error.n))
            return close(.badFrame)
        }
        guard session.admits(.frame, n: error.n) else { return }
        session.fail(.badRequest, error.description, n: error.n)
        nonsense += 1
        if nonsense >= Self.nonsenseLimit { close(.badFrame) }
    }

    // MARK: Tokens

    private func authenticate(_ frame: ClientFrame) {
        guard case .auth(let token) = frame else {
            say(.failure(.unauthorized, "the first frame must be {\"type\":\"auth\",\"token\":…}", n: nil))
            return close(.unauthorized)
        }
        loop.environment.metrics.count(.auth)
        do throws(AuthenticationError) {
            begin(try loop.environment.verifier.identity(of: token))
        } catch {
            loop.environment.logger.info("a first frame's token was refused", metadata: ["reason": "\(error)"])
            say(.failure(.unauthorized, "\(error)", n: nil))
            close(.unauthorized)
        }
    }

    /// A token that does not hold changes nothing: the one before holds until it expires.
    private func renew(_ session: Session, _ token: String) {
        do throws(AuthenticationError) {
            session.renew(try loop.environment.verifier.identity(of: token))
        } catch {
            session.fail(.unauthorized, "\(error)")
        }
    }
}

extension JSONPeer: SessionTransport {
    var speaks: String { handshake.confirmed ?? Handshake.subprotocol }

    var pendingBytes: Int { connection?.pendingBytes ?? 0 }

    var followsAddresses: Bool { connection?.followsAddresses ?? true }

    func deliver(_ message: RoutedMessage, cursor: MessageID?) {
        if let translator, translator.deliver(message, cursor: cursor) { return }
        connection?.send(text: message.prefix(cursor: cursor), tail: message.tail)
    }

    func say(_ notice: SessionNotice) {
        guard let connection else { return }
        if let translator, translator.say(notice) { return }
        switch notice.json(of: session) {
        case .own(let bytes): connection.send(text: bytes)
        case .shared(let frame): connection.send(frame, isText: true)
        }
    }

    func pauseReading() { connection?.pauseReading() }

    func resumeReading() { connection?.resumeReading() }

    func close(_ code: CloseCode) { connection?.close(code) }
}

@available(*, unavailable)
extension JSONPeer: Sendable {}
