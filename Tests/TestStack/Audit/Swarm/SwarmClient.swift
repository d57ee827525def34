import Messaging
import NIOCore
import NIOHTTP1

/// One device of the swarm: connects, resumes, sends, tries again, acknowledges, and writes down all of it. Confined to one event loop.
///
/// It does what a good client does: keeps its counters over reconnects, sends again what was not answered with the same `n`, resumes after a
/// cursor it has seen, backs off with jitter, moves when it is told to, and gives up a connection that says nothing.
///
/// That is what `SwitchboardClient` does, too, and it is on purpose that nothing of that is used here. A judge must see each frame, also those that a good client
/// passes over as repeats; the swarm resumes from wrong places and leaves in mid-sentence; and a mistake of the library, made by the witness as well, would
/// not be seen. The library is audited by itself, with another witness: ``LibraryMember``.
final class SwarmClient: SwarmMember {
    /// From where a device resumes.
    enum Resumption {
        /// After the last thing it saw.
        case named
        /// After something before that.
        case earlier(MessageID)
        /// From where the server last saw it acknowledge.
        case unnamed
    }

    /// How long an edge has to answer whether it is there.
    private static let answerTime = TimeAmount.seconds(5)

    let index: Int
    let log: SwarmLog
    let loop: any EventLoop
    private let token: String
    private let path: String
    /// Called when the first session has begun.
    var onOpen: (() -> Void)?
    /// Whether it is to be connected.
    private(set) var isWanted = true
    private(set) var isOpen = false
    private var link: (any SwarmLink)?
    private var attempt = 0
    private var failures = 0
    private var edge: Int
    private var movingTo: String?
    /// The words of this connection.
    var speech: SwarmSpeech
    /// From how many milliseconds the first wait is drawn after a connection was lost without a word.
    private var reconnectWithin: Int64 = 0
    private var isLeaving = false
    private var isConnecting = false
    private var resumption = Resumption.named
    private var named: MessageID?

    var session: UInt32 = 0
    var opened = NIODeadline.uptimeNanoseconds(0)
    var queue = SendQueue()
    var heldUntil = NIODeadline.uptimeNanoseconds(0)
    /// The place in the inbox up to which this session has brought everything.
    var cursor: MessageID?
    var acknowledged: MessageID?
    /// Cursors that came since the last acknowledgement.
    var recent: [MessageID] = []
    /// The largest id that has come of each topic and large group.
    var places: [ConversationKey: MessageID] = [:]
    /// The same when this session began.
    var placesBefore: [ConversationKey: MessageID] = [:]
    private var lastHeard = NIODeadline.uptimeNanoseconds(0)
    private var hasAsked = false

    init(_ index: Int, log: SwarmLog, token: String, loop: any EventLoop) {
        self.index = index
        self.log = log
        self.token = token
        self.loop = loop
        speech = SwarmSpeech(log.plan.speaks)
        path = "?device=\(log.names.device(index))"
        edge = index
    }

    // MARK: Coming and going

    func connect() {
        guard isWanted, link == nil, !isConnecting else { return }
        isConnecting = true
        attempt += 1
        let attempt = attempt
        speech = SwarmSpeech(log.plan.speaks)
        let place = movingTo ?? log.edges[edge % log.edges.count]
        movingTo = nil
        named =
            switch resumption {
            case .named: cursor
            case .earlier(let cursor): cursor
            case .unnamed: nil
            }
        resumption = .named
        let query = path + (named.map { "&cursor=\($0)" } ?? "")
        if log.plan.speaks == .sockjs {
            connectBySockJS(attempt, place, "\(query)&protocol=json&token=\(token)")
        } else {
            connect(
                attempt, speech.address(place) + query, ["Authorization": "Bearer \(token)"], [speech.subprotocol])
        }
    }

    /// Over SockJS: by one of its transports, and every other device brings what it says to another edge than it listens to.
    private func connectBySockJS(_ attempt: Int, _ place: String, _ query: String) {
        let transport = SwarmSockJS.Transport(ofDevice: index)
        let session = "\(index)-\(attempt)-\(log.generator.next())"
        guard transport != .webSocket else {
            let address = SwarmSockJS.address(place, session: session) + "/websocket"
            return connect(attempt, address + query, [:], [])
        }
        let other = index / 2 % 2 == 0 ? place : log.edges[(edge + 1) % log.edges.count]
        let poller = SwarmPoller(
            self, attempt, transport, edges: (place, other), session: session, query: query, loop: loop)
        if poller == nil { closed(attempt, code: 1006, retryAfter: nil) }
    }

    private func connect(_ attempt: Int, _ url: String, _ headers: [String: String], _ subprotocols: [String]) {
        let bound = NIOLoopBound(self, eventLoop: loop)
        let isSockJS = log.plan.speaks == .sockjs
        do {
            var handshake = try WebSocketHandshake(url, headers: headers, subprotocols: subprotocols)
            handshake.limit = .seconds(5)
            handshake.connect(on: loop) { channel, _ in
                guard bound.value.attempt == attempt, bound.value.isWanted else { throw CancellationError() }
                try channel.pipeline.syncOperations.addHandler(SwarmHandler(bound.value, attempt, isSockJS: isSockJS))
                bound.value.linked(SwarmSocket(channel, isSockJS: isSockJS), attempt)
            }.whenComplete { result in
                switch result {
                case .success(.open): bound.value.greet(attempt)
                case .success(.refused(let answer)): bound.value.turnedAway(attempt, answer)
                case .failure: bound.value.closed(attempt, code: 1006, retryAfter: nil)
                }
            }
        } catch {
            closed(attempt, code: 1006, retryAfter: nil)
        }
    }

    /// The connection is there.
    func linked(_ link: any SwarmLink, _ attempt: Int) {
        guard attempt == self.attempt, isWanted else { return link.close() }
        self.link = link
        isConnecting = false
        heard()
    }

    private func greet(_ attempt: Int) {
        guard attempt == self.attempt, let greeting = speech.greeting else { return }
        write(greeting)
    }

    func turnedAway(_ attempt: Int, _ answer: HTTPClient.Answer) {
        let code = "http \(answer.status)"
        log.refused(code)
        var event = RecordEvent(.refused, device: index)
        event.code = RefusalCode.number(code)
        log.record(event)
        let after = answer.header("Retry-After").flatMap { Int64($0) } ?? (answer.status < 429 ? 5 : 1)
        closed(attempt, code: UInt16(clamping: answer.status), retryAfter: .seconds(after))
    }

    /// The connection has ended or never began.
    func closed(_ attempt: Int, code: UInt16, retryAfter: TimeAmount?) {
        guard attempt == self.attempt else { return }
        self.attempt += 1
        if isOpen || isLeaving {
            var event = RecordEvent(.disconnected, device: index)
            event.session = session
            event.code = code
            log.record(event)
        }
        let isMoving = isLeaving || code == 4000
        (isOpen, isLeaving, isConnecting, link) = (false, false, false, nil)
        guard isWanted else { return }
        failures += 1
        edge += 1
        let limit = Int64(min(1000, 50 << min(failures, 5)))
        let delay: Int64
        if let retryAfter {
            delay = retryAfter.nanoseconds / 1_000_000 + .random(in: 0...500, using: &log.generator)
        } else if code >= 4500 && code < 5000 {
            delay = 5000
        } else if isMoving {
            delay = .random(in: 0...50, using: &log.generator)
        } else {
            delay = .random(in: 0...(failures == 1 ? max(limit, reconnectWithin) : limit), using: &log.generator)
        }
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: .milliseconds(delay)) { bound.value.connect() }
    }

    /// Goes away, and is not to be connected until ``comeBack()``.
    func goAway(gracefully: Bool, then resumption: Resumption) {
        isWanted = false
        self.resumption = resumption
        leave(gracefully: gracefully)
    }

    func comeBack() {
        isWanted = true
        connect()
    }

    /// Ends the connection, and the client goes on elsewhere if it is to be connected.
    private func leave(gracefully: Bool) {
        guard let link else { return }
        isLeaving = isOpen
        isOpen = false
        if gracefully { link.leave() } else { link.close() }
    }

    /// The edge has said where to go when it closes.
    func follow(_ url: String) { movingTo = url }

    /// The edge asks to be left within some time.
    func move(to url: String?, within: UInt64) {
        let wait = Int64.random(in: 0...Int64(clamping: max(1, within / 2)), using: &log.generator)
        let (bound, attempt) = (NIOLoopBound(self, eventLoop: loop), attempt)
        loop.scheduleTask(in: .milliseconds(wait)) {
            let client = bound.value
            guard client.attempt == attempt, client.isOpen else { return }
            client.movingTo = url
            client.leave(gracefully: true)
        }
    }

    // MARK: A session

    /// The first frame of a session has come.
    func welcome(after start: MessageID, reconnectWithin: UInt64) {
        self.reconnectWithin = Int64(clamping: reconnectWithin)
        isOpen = true
        failures = 0
        session += 1
        opened = .now()
        log.counts.sessions += 1
        (cursor, acknowledged) = (start, start)
        recent.removeAll()
        placesBefore = places
        var event = RecordEvent(.connected, device: index)
        event.session = session
        event.cursor = start
        event.code = UInt16(clamping: edge % max(1, log.edges.count))
        if let named {
            event.id = named
            event.flags = .named
        }
        log.record(event)
        if let opening = speech.opening { write(opening) }
        for topic in log.plan.topics(of: log.names.user(ofDevice: index)) { subscribe(to: topic) }
        queue.startOver()
        heldUntil = .uptimeNanoseconds(0)
        pump()
        onOpen?()
        onOpen = nil
    }

    /// Something came: the edge is there.
    func heard() {
        lastHeard = .now()
        hasAsked = false
    }

    func isCurrent(_ attempt: Int) -> Bool { attempt == self.attempt }

    /// Called a few times a second.
    func tick(_ now: NIODeadline, acknowledges: Bool) {
        guard let link else { return }
        let asks = lastHeard + TimeAmount(log.plan.silence)
        if now > asks + Self.answerTime {
            link.close()
        } else if now > asks, !hasAsked, isOpen {
            hasAsked = true
            write(speech.ping)
        }
        if isOpen, acknowledges { acknowledge() }
    }

    func write(_ text: String) { link?.write(text) }
}

@available(*, unavailable)
extension SwarmClient: Sendable {}
