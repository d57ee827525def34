import Authentication
import Logging
import Messaging
import RedisStreams
import STOMP

// What the protocol asks for, done.
extension STOMPPeer {
    /// The device of a client that names none: such clients of one user are one device.
    static let usualDevice = "stomp"
    /// How long an anonymous session may last (ms).
    private static let anonymousTime: Int64 = 86_400_000

    func carryOut(_ effects: [STOMPEffect]) { for effect in effects { carryOut(effect) } }

    func carryOut(_ effect: STOMPEffect) {
        switch effect {
        case .authenticate(let login): authenticate(login)
        case .send(let send): carryOut(send)
        case .subscribeInbox(let tag):
            carryOut(stomp.session.completed(tag))
            tellGaps()
            session?.listenToInbox(again: true)
        case .unsubscribeInbox:
            acknowledgeHandedOver()
            session?.holdInbox()
        case .subscribeTopic(let tag, let topic, let after):
            let n = requests.other(tag: tag)
            joining[topic] = n
            let start = after.map { $0 == .zero ? ClientFrame.TopicStart.beginning : .after($0) } ?? .now
            session?.subscribe(n: n, to: topic, from: start)
        case .unsubscribeTopic(let topic):
            // It was subscribed to, and that may be said of it.
            if let n = joining.removeValue(forKey: topic) { answered(n) }
            guard Feed(topic: topic) != .all else { break }
            session?.unsubscribe(n: requests.other(tag: nil), from: topic)
        case .watch(let tag, let user):
            guard !isAnonymous else { return refuse(tag, "an anonymous user may not watch others") }
            session?.watch(n: requests.other(tag: tag), users: [user])
        case .unwatch(let user): session?.unwatch(n: requests.other(tag: nil), users: [user])
        case .acknowledge(let cursor):
            handedOver = nil
            session?.acknowledged(cursor)
        case .pauseInbox: session?.holdInbox()
        case .resumeInbox: session?.listenToInbox(again: false)
        case .reply(let frame):
            hasSaid = true
            connection?.send(text: frame.encoded(for: stomp.session.version))
        case .close(let code): end(code)
        }
    }

    /// A request is done.
    /// - Parameter more: what else its receipt says.
    func answered(_ n: UInt64, _ more: STOMPHeaders = [:]) {
        guard let tag = requests.answered(n) else { return }
        carryOut(stomp.session.completed(tag, more))
    }

    private func refuse(_ tag: UInt64, _ message: String) {
        loop.environment.metrics.countRejection(.forbidden)
        carryOut(stomp.session.refused(tag, STOMPError(.forbidden, message)))
    }

    // MARK: Sending

    private func carryOut(_ send: STOMPSend) {
        guard let session else { return }
        if isAnonymous {
            guard case .message(.topic) = send.purpose else {
                return refuse(send.tag, "an anonymous user may send to topics only: connect with a token")
            }
        }
        var counter: UInt64?
        let deduplication: PublishScript.Deduplication
        switch send.identity {
        case .none: deduplication = .none
        case .counter(let n):
            counter = n
            deduplication = .counter
        case .key(let key): deduplication = .idempotencyKey(key)
        }
        switch send.purpose {
        case .message(let destination):
            let n = requests.numbered(counter, tag: send.tag)
            session.send(
                n: n, to: destination, data: send.data, attachments: send.attachments, deduplication: deduplication)
        case .edit(let conversation, let id):
            let n = requests.numbered(counter, tag: send.tag)
            session.change(n: n, .edit, conversation, id, data: send.data, deduplication: deduplication)
        case .delete(let conversation, let id):
            let n = requests.numbered(counter, tag: send.tag)
            session.change(n: n, .delete, conversation, id, data: [], deduplication: deduplication)
        case .signal(let destination):
            session.signal(to: destination, data: send.data)
            carryOut(stomp.session.completed(send.tag))
        case .read(let conversation, let id):
            session.markRead(conversation, upTo: id)
            carryOut(stomp.session.completed(send.tag))
        case .token(let token): renew(session, token, tag: send.tag)
        }
    }

    // MARK: Tokens

    private func authenticate(_ login: STOMPLogin) {
        do throws(AuthenticationError) {
            guard let token = try identity(login) else {
                let error = STOMPError(
                    .unauthorized,
                    "CONNECT needs a token in header 'Authorization' or 'passcode', or the handshake in its own")
                return carryOut(stomp.session.fail(error))
            }
            begin(login, token)
        } catch {
            loop.environment.logger.info("a CONNECT's token was refused", metadata: ["reason": "\(error)"])
            carryOut(stomp.session.fail(STOMPError(.unauthorized, "\(error)")))
        }
    }

    /// A token that does not hold ends the session, as anything does that cannot be done.
    private func renew(_ session: Session, _ text: String, tag: UInt64) {
        let n = requests.other(tag: tag)
        guard session.admits(.frame, n: n) else { return }
        do throws(AuthenticationError) {
            session.renew(try loop.environment.verifier.identity(of: text), n: n)
        } catch {
            session.fail(.unauthorized, "\(error)", n: n)
        }
    }

    private func identity(_ login: STOMPLogin) throws(AuthenticationError) -> Identity? {
        let environment = loop.environment
        if let token = login.token { return try environment.verifier.identity(of: token) }
        if let token = handshake.token { return token }
        guard environment.configuration.anonymous else { return nil }
        isAnonymous = true
        let name = "anonymous-" + String(UInt64.random(in: .min ... .max), radix: 36)
        return Identity(
            user: name, scopes: [], issuedAt: loop.wallClock, expiresAt: loop.wallClock + Self.anonymousTime)
    }

    private func begin(_ login: STOMPLogin, _ token: Identity) {
        let hasCursor = login.cursor != nil
        let identity = SessionIdentity(
            user: token.user, device: login.device ?? handshake.device ?? Self.usualDevice,
            cursor: hasCursor ? login.cursor : handshake.cursor,
            fromStart: hasCursor ? login.fromStart : handshake.fromStart, isAnonymous: isAnonymous)
        let session = Session(identity: identity, token: token, transport: self, loop: loop)
        self.session = session
        session.holdInbox()
        session.start()
    }
}
