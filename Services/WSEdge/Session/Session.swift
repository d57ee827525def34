import Authentication
import Logging
import Messaging
import NIOCore
import RedisStreams

/// One live connection of one device, whatever protocol it speaks: registered with its user, sent what the inbox holds for it in order, and sending.
///
/// Confined to its event loop. What it decides is in ``SessionStateMachine``; this carries it out.
final class Session {
    /// Why the client is not listened to for the moment.
    struct Holds: OptionSet {
        let rawValue: UInt8
        static let registering = Holds(rawValue: 1)
        static let inFlight = Holds(rawValue: 2)
        static let leaving = Holds(rawValue: 4)

        /// What it is made of, for people.
        var names: [String] {
            [(Holds.registering, "registering"), (.inFlight, "in_flight"), (.leaving, "leaving")]
                .filter { contains($0.0) }.map(\.1)
        }
    }

    let id: String
    let identity: SessionIdentity
    let loop: EdgeLoop
    var transport: (any SessionTransport)?
    var machine = SessionStateMachine()
    var bucket: TokenBucket
    var refusals = RefusalCounter()
    private(set) var expiresAt: Int64
    /// When the token was issued (ms).
    private(set) var issuedAt: Int64
    private(set) var scopes: Set<String>
    /// Topics that the token grants.
    private(set) var grants: TopicGrants
    /// What everybody hears, from the welcome on.
    var everybody: FeedListener?
    /// The topics it has subscribed to.
    var listeners: [Feed: FeedListener] = [:]
    /// The large groups of its user that it hears, and those that it is to hear when it has been sent what the inbox held before.
    var groups: [Feed: FeedListener] = [:]
    var groupsDue: [Feed: (entrance: GroupEntrance, inbox: MessageID)] = [:]
    /// Up to where all of a group that is not heard was sent, or said to be missing; and what holds for one that is not in it.
    var groupsEnded: [Feed: MessageID] = [:]
    var groupsFloor = MessageID.zero
    /// Whether others are not to see this session.
    private(set) var isHidden: Bool

    /// Since when it has been there (ms).
    let since: Int64
    /// The incarnation under which it was registered last.
    var incarnation = ""
    var isWelcomed = false
    /// Whether it was registered as hidden last.
    var wasHidden = false
    /// The presence of others, where that is wanted.
    var watched: SessionWatch?
    /// When to try to register again, if that failed.
    var registersAgainAt: NIODeadline?
    var hasPruned = false

    var inFlight = 0
    private(set) var holds: Holds = []
    var isAcknowledgementDue = false
    var nextCheck: NIODeadline
    var acknowledgedAt: NIODeadline

    init(identity: SessionIdentity, token: Identity, transport: any SessionTransport, loop: EdgeLoop) {
        let now = NIODeadline.now()
        let configuration = loop.environment.configuration
        id = String(UInt64.random(in: .min ... .max), radix: 36) + String(UInt32.random(in: .min ... .max), radix: 36)
        self.identity = identity
        self.transport = transport
        self.loop = loop
        expiresAt = token.expiresAt
        issuedAt = token.issuedAt
        since = loop.wallClock
        scopes = token.scopes
        grants = token.topics
        isHidden = token.isInvisible
        bucket = TokenBucket(rate: configuration.rate, burst: configuration.burst, now: now)
        let interval = configuration.checkInterval.nanoseconds
        nextCheck = now + .nanoseconds(Int64.random(in: interval / 2...interval))
        acknowledgedAt = now
    }

    var environment: EdgeEnvironment { loop.environment }
    var user: String { identity.user }
    var device: String { identity.device }

    /// Enters the table of sessions and registers. The order matters: a hint that comes before registration is answered is noted, not lost.
    func start() {
        loop.table.insert(self)
        environment.sessionBegan()
        register()
    }

    /// The connection is over: nothing can be said any more.
    func transportClosed(_ closing: Closing) {
        guard machine.state != .ended else { return }
        machine.ended()
        transport = nil
        loop.table.remove(self)
        leaveTopics()
        endWatching()
        environment.sessionEnded()
        flushAcknowledgement()
        guard !incarnation.isEmpty else { return }
        loop.farewells.say(
            Farewell(user: user, device: device, session: id, incarnation: incarnation, closing: closing, sequence: nil)
        )
    }

    func close(_ code: CloseCode) { transport?.close(code) }

    // MARK: Going elsewhere

    /// Asks the client to connect elsewhere. False when it has not been welcomed here: then it is to be closed.
    func move(to url: String?, within time: TimeAmount) -> Bool {
        guard isWelcomed, let transport else { return false }
        transport.say(.moving(url: url, within: Int(time.nanoseconds / 1_000_000)))
        return true
    }

    /// The time to do so is over: closes as soon as every send that was taken has been answered, and takes no more meanwhile.
    func leave() {
        hold(.leaving)
        if inFlight == 0 { close(.moved) }
    }

    /// Whether it is only waiting for answers.
    var isLeaving: Bool { holds.contains(.leaving) }

    // MARK: Holding the client back

    func hold(_ reason: Holds) {
        if holds.isEmpty { transport?.pauseReading() }
        holds.insert(reason)
    }

    func release(_ reason: Holds) {
        guard holds.contains(reason) else { return }
        holds.remove(reason)
        if holds.isEmpty { transport?.resumeReading() }
    }

    // MARK: Tokens

    /// A fresh token, checked. Ends the session if it is another user's. It counts when Redis has said that it is not revoked; or when Redis does not
    /// answer, and then the next check sees to it.
    /// - Parameter n: a request that is to be answered; nil for a protocol that does not answer this.
    func renew(_ token: Identity, n: UInt64? = nil) {
        guard token.user == user else {
            transport?.say(
                .failure(.unauthorized, "field 'token' is of another user: open a connection for each user", n: n))
            return close(.unauthorized)
        }
        loop.redis.send(StandingQuery.command(keys: environment.keys, user: user)) { [self] result in
            if let revoked = (try? StandingQuery.reply(result.get()))?.revoked, token.issuedAt < revoked {
                fail(.unauthorized, Self.revoked, n: n)
                return end(before: revoked)
            }
            guard machine.state != .ended else { return }
            expiresAt = token.expiresAt
            issuedAt = token.issuedAt
            (scopes, grants) = (token.scopes, token.topics)
            reviewTopics()
            isHidden = token.isInvisible
            // What is registered says whether others see the session. While that is under way, its answer sees to it.
            if isHidden != wasHidden, lapsed() { register() }
            if let n { transport?.say(.ok(n: n, after: nil)) }
        }
    }

    /// What is said of a token that is revoked.
    static let revoked = "the token was issued before an operator ended this user's sessions: get a new one"

    /// An operator has ended the user's sessions whose tokens were issued before this time (ms).
    func end(before time: Int64) {
        guard issuedAt < time else { return }
        close(.endedByOperator)
    }

    /// Its token was found to be revoked when it was to be registered.
    func refuseRevoked() {
        guard !isWelcomed else { return close(.endedByOperator) }
        fail(.unauthorized, Self.revoked)
        close(.unauthorized)
    }

    // MARK: Rates

    /// Whether a frame may pass; says so when it may not, and ends the session of who does not listen.
    func admits(_ cost: TokenBucket.Cost, n: UInt64?) -> Bool {
        let now = NIODeadline.now()
        guard let wait = bucket.take(cost, now: now) else { return true }
        environment.metrics.countRejection(.rateLimited)
        transport?.say(
            .failure(
                .rateLimited,
                "more than \(environment.configuration.rate) frames a second: send again after retryAfter ms", n: n,
                retryAfter: wait))
        if refusals.count(now: now) > environment.configuration.refusedFramesLimit { close(.rateLimited) }
        return false
    }

    func fail(_ code: ErrorCode, _ message: String, n: UInt64? = nil, retryAfter: Int? = nil) {
        environment.metrics.countRejection(code)
        transport?.say(.failure(code, message, n: n, retryAfter: retryAfter))
    }

    // MARK: Time

    /// Once a second.
    func tick(now: NIODeadline) {
        if loop.wallClock >= expiresAt { return close(.tokenExpired) }
        if let again = registersAgainAt, now >= again, loop.redis.isConnected { register() }
        if now >= nextCheck { check(now) }
        if machine.waitsForRoom { drained() }
        tickWatches(now: now)
        if loop.redis.isConnected { follow(machine.retry()) }
    }
}

@available(*, unavailable)
extension Session: Sendable {}
