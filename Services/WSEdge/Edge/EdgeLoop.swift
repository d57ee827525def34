import Logging
import Messaging
import NIOCore
import RedisStreams
import WebSocketFrames

/// All that belongs to one event loop of the edge: its sockets, its sessions, its way to Redis, and one sweep a second for everything that has to do with time.
///
/// Confined to the event loop; others reach it through ``NIOLoopBound``.
final class EdgeLoop {
    let environment: EdgeEnvironment
    let eventLoop: any EventLoop
    /// Its number among the event loops of the edge.
    let number: Int
    let turn: LoopTurn
    let redis: RedisOutbox
    /// For what is appended to the log: a way of its own where that waits for replicas, so that nothing else does.
    let publishing: RedisOutbox
    let table: SessionTable
    let acknowledgements: AcknowledgementTimer
    let announcements: Announcements
    let farewells: Farewells
    let admission: Admission
    private(set) lazy var topics = Topics(environment: environment, log: RedisFeedLog(loop: self))
    let watching: Watching
    let cbor = SharedCBOR()
    /// Nil when messages are not compressed here.
    let compression: SharedCompression?
    var stompTails = STOMPTails()
    private(set) lazy var sockJS = SockJSDesk(loop: self)
    private(set) lazy var rebalance = LoopRebalance(loop: self)
    var connections: [ObjectIdentifier: any EdgeConnection] = [:]
    var requests: [ObjectIdentifier: HTTPHandler] = [:]
    var handshakes: TokenBucket
    /// This life of the edge; empty until its lease was taken.
    private(set) var incarnation = ""
    /// Milliseconds since the epoch, as of the last sweep.
    private(set) var wallClock: Int64

    init(environment: EdgeEnvironment, eventLoop: any EventLoop, number: Int = 0) {
        self.environment = environment
        self.eventLoop = eventLoop
        self.number = number
        table = SessionTable(census: environment.census, loop: number)
        turn = LoopTurn(eventLoop: eventLoop)
        redis = RedisOutbox(
            link: environment.redis, eventLoop: eventLoop, turn: turn, metrics: environment.metrics)
        if let link = environment.publishing {
            publishing = RedisOutbox(link: link, eventLoop: eventLoop, turn: turn, metrics: environment.metrics)
        } else {
            publishing = redis
        }
        acknowledgements = AcknowledgementTimer(eventLoop: eventLoop)
        announcements = Announcements(environment: environment, redis: redis)
        farewells = Farewells(environment: environment, redis: redis, announcements: announcements)
        watching = Watching(environment: environment, redis: redis)
        compression = environment.configuration.compression.map(SharedCompression.init)
        admission = Admission(environment: environment, eventLoop: eventLoop, turn: turn)
        let rate = max(1, environment.configuration.handshakeRate / environment.configuration.threads)
        handshakes = TokenBucket(rate: rate, burst: rate, now: .now())
        wallClock = WallClock.milliseconds
        turn.sendsCommands = { [redis, publishing] in
            redis.flush()
            publishing.flush()
        }
    }

    /// Starts the sweep, once a second from now on.
    func start() {
        // From now on it can be asked by others.
        _ = sockJS
        schedule()
    }

    private func schedule() {
        eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) {
            self.sweep()
            self.schedule()
        }
    }

    var hasLease: Bool { !incarnation.isEmpty }

    private func sweep() {
        let now = NIODeadline.now()
        wallClock = WallClock.milliseconds
        for connection in connections.values { connection.tick(now: now) }
        for request in requests.values { request.tick(now: now) }
        sockJS.tick(now: now)
        farewells.retry()
        announcements.retry()
        admission.tick()
        topics.tick(now: now)
        watching.tick(incarnation: incarnation)
    }

    // MARK: Incarnations

    /// The edge lives under this incarnation from now on: sessions of an earlier one are registered again, as ``Admission`` lets them.
    func adopt(_ incarnation: String) {
        guard incarnation != self.incarnation else { return }
        self.incarnation = incarnation
        topics.adopt()
        for session in table.all where session.lapsed() { session.register() }
        watching.checkAll()
    }

    // MARK: News from the router

    func handle(_ news: [EdgeNews]) {
        for item in news {
            switch item {
            case .message(let message, let recipients):
                for recipient in recipients {
                    for session in table[recipient.user] ?? [] {
                        session.routed(message, cursor: recipient.cursor, previous: recipient.previous)
                    }
                }
            case .look(let user, let cursor):
                for session in table[user] ?? [] { session.look(cursor) }
            case .signal(let signal, let users):
                for user in users { for session in table[user] ?? [] { session.signalled(signal) } }
            case .read(let read, let users):
                for user in users { for session in table[user] ?? [] { session.marked(read) } }
            case .feed(let feed, let message): topics[feed]?.hint(message)
            case .feedLook(let feed, let place): topics[feed]?.look(place)
            case .feedSignal(let signal, let feed):
                guard let heard = topics[feed] else { continue }
                for listener in heard.listeners where heard.maySignal(listener) {
                    listener.subscriber.signalled(signal)
                }
            case .presence(let user, let view): watching.heard(user, view)
            case .end(let user, let before):
                for session in table[user] ?? [] { session.end(before: before) }
            case .groups(let users):
                for user in users { for session in table[user] ?? [] { session.compare() } }
            }
        }
    }

    /// News may have been missed: every session compares with its inbox within the next two seconds.
    func checkAll() {
        let now = NIODeadline.now()
        for session in table.all { session.nextCheck = now + .milliseconds(.random(in: 0...2000)) }
        topics.checkAll()
        watching.checkAll()
    }

    // MARK: Shutdown

    /// Sends all sessions away; the promise is fulfilled when they are gone and Redis knows, or when the time for it is over.
    func drain(_ plan: LoopDrain.Plan, _ done: EventLoopPromise<Void>) {
        LoopDrain(plan, loop: self, done: done).start()
    }
}

@available(*, unavailable)
extension EdgeLoop: Sendable {}
