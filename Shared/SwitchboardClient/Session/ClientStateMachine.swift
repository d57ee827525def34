import Messaging

/// All that a client decides, without doing any of it: one method for each thing that happens, which returns what is to be done about it.
///
/// Time and chance come in from outside. What is handed to the application is counted, and so is what it takes: past ``capacity`` nothing more is read from
/// the socket. Only when an answer is waited for it is read on (an application may wait for one in the midst of its events), and what there is no room for is
/// left out; then it is asked for again, in a new session, when there is room.
struct ClientStateMachine: Sendable {
    enum Phase: Hashable, Sendable {
        case idle
        /// Waits for a token.
        case preparing
        /// Waits for the welcome.
        case connecting(Int)
        case open(Int)
        /// Waits for its time.
        case waiting(until: Int64)
        case stopped
    }

    /// The session that is to follow the present one, which goes on meanwhile.
    struct Successor: Hashable, Sendable {
        enum Step: Hashable, Sendable {
            case planned(at: Int64)
            case preparing
            case connecting(Int)
        }

        var step: Step
        /// Where; nil for the usual address.
        var address: ServerAddress?
    }

    /// What a token is fetched for.
    enum TokenPurpose: Hashable, Sendable { case session, successor, renewal }

    /// A session that held this long counts as a success: the back-off starts over. In milliseconds, as all of these.
    static let stableAfter: Int64 = 10_000
    /// The edge waits 10 s for a token and then welcomes; a connection that shows nothing by then is not one.
    static let welcomeTimeout: Int64 = 12_000
    /// How long the application may take for a token.
    static let tokenTimeout: Int64 = 30_000
    /// How often a token is renewed at most, however far this clock is ahead of the server's.
    static let renewalInterval: Int64 = 10_000
    /// How long what the server takes back is gathered before everything is asked for once more.
    static let reviewDelay: Int64 = 1_000
    /// The longest `Retry-After` that is kept to.
    static let longestRetryAfter: Int64 = 300
    /// Signals and read marks are left out when this much less than ``capacity`` is free, and everything past this much more.
    static let slack = 512
    /// How many pages of history are fetched at the same time.
    static let fetches = 4

    let addresses: [ServerAddress]
    let device: String
    let start: ClientConfiguration.Start
    /// How many events may wait for the application.
    let capacity: Int
    let random: @Sendable () -> Double

    var phase = Phase.idle
    var successor: Successor?
    var actions: [ClientAction] = []
    /// Grows with each connection, token and page, so that what belongs to an earlier one is known as such.
    var serial = 0
    var failures = 0
    var backoff = Backoff()
    var openedAt: Int64?
    var limits = ServerLimits()
    var tokenRejections = 0
    var token: ClientToken?
    var tokenFetches: [TokenPurpose: (ticket: Int, deadline: Int64)] = [:]
    var renewAt: Int64?
    /// When the welcome must have come, for each connection that has none.
    var welcomeDeadlines: [Int: Int64] = [:]
    var reviewAt: Int64?
    /// When it ends, whatever is still on its way.
    var leaveAt: Int64?
    var watchdog = Watchdog()

    var outbox: Outbox
    var requests = Requests()
    var topics = Topics()
    var watches = Watches()
    var marks = ReadMarks()
    var acknowledger = Acknowledger()
    /// The cursor of the last that was handed on: two sessions may bring the same.
    var seen: MessageID?
    var recent = RecentIDs(capacity: 5_000)
    /// The gap of the inbox is filled up to here.
    var filledTo: MessageID?
    /// By conversation; that of the inbox under the empty name.
    var fills: [String: GapFill] = [:]

    /// How much waits for the application.
    var buffered = 0
    var isReading = true
    /// Something was left out since there was no room: it is asked for anew.
    var hasShed = false
    /// The session is to be opened as soon as the application has taken some.
    var waitsForRoom = false

    init(_ configuration: ClientConfiguration, addresses: [ServerAddress]) {
        self.addresses = addresses
        device = configuration.device
        start = configuration.start
        capacity = configuration.eventCapacity
        random = configuration.clock.random
        outbox = Outbox(capacity: configuration.sendCapacity)
        if case .after(let cursor) = start { acknowledger.begin(cursor) }
    }

    /// The session that frames go to, if there is one.
    var session: Int? { if case .open(let id) = phase { id } else { nil } }

    /// Whether history may be asked for another page now.
    var mayFetch: Bool {
        session != nil && buffered < capacity && fills.values.count(where: \.isFetching) < Self.fetches
    }

    /// What came while gaps are filled.
    var held: Int { fills.values.reduce(0) { $0 + $1.held.count } }

    mutating func nextSerial() -> Int {
        serial += 1
        return serial
    }

    mutating func transmit(_ frame: [UInt8]) { if let session { actions.append(.send(session, frame)) } }

    mutating func become(_ phase: Phase, _ state: ConnectionState) {
        self.phase = phase
        actions.append(.state(state))
    }

    /// Hands something to the application.
    mutating func emit(_ event: ClientEvent?, cursor: MessageID? = nil) {
        buffered += 1
        actions.append(.emit(.init(event: event, cursor: cursor)))
    }

    /// Ends what happened: does what follows from it, and gives all that is to be done.
    mutating func finish(_ now: Moment) -> [ClientAction] {
        leaveIfDone(now)
        for frame in outbox.flush(now) { transmit(frame) }
        flushRequests(now)
        pumpFills(now)
        balance(now)
        defer { actions = [] }
        return actions
    }

    /// When ``tick(_:)`` is to be called at the latest, by ``Moment/elapsed``; nil when there is nothing to wait for.
    var deadline: Int64? {
        var times: [Int64?] = [
            outbox.deadline, requests.deadline, marks.deadline, acknowledger.deadline, watchdog.deadline, renewAt,
            reviewAt, leaveAt,
        ]
        if case .waiting(let until) = phase, !waitsForRoom { times.append(until) }
        if case .planned(let at) = successor?.step { times.append(at) }
        times += welcomeDeadlines.values.map { $0 }
        times += tokenFetches.values.map(\.deadline)
        if mayFetch { times += fills.values.map { $0.isFetching || $0.notBefore == 0 ? nil : $0.notBefore } }
        return times.compactMap { $0 }.min()
    }

    /// Time has passed.
    mutating func tick(_ now: Moment) -> [ClientAction] {
        for (purpose, fetch) in tokenFetches where fetch.deadline <= now.elapsed {
            tokenFetches[purpose] = nil
            tokenMissing(purpose, now)
        }
        for (id, deadline) in welcomeDeadlines where deadline <= now.elapsed {
            actions.append(.drop(id))
            sessionEnded(id, code: 1006, reason: "no welcome", now)
        }
        if case .waiting(let until) = phase, until <= now.elapsed { openWhenThereIsRoom(now) }
        if case .planned(let at) = successor?.step, at <= now.elapsed { prepareSuccessor(now) }
        if let renewAt, renewAt <= now.elapsed {
            self.renewAt = nil
            fetchToken(.renewal, now)
        }
        if let reviewAt, reviewAt <= now.elapsed {
            self.reviewAt = nil
            askForAll()
        }
        watch(now)
        if let deadline = acknowledger.deadline, deadline <= now.elapsed { acknowledge() }
        if let deadline = marks.deadline, deadline <= now.elapsed { tellMarks(now) }
        return finish(now)
    }

    private mutating func watch(_ now: Moment) {
        guard let session else { return }
        switch watchdog.look(now) {
        case .nothing: break
        case .ask: transmit(OutgoingFrame.ping(n: requests.number()))
        case .showLife: actions.append(.showLife(session))
        case .dead:
            actions.append(.drop(session))
            sessionEnded(session, code: CloseCode.heartbeatMissed.rawValue, reason: "no answer", now)
        }
    }

    /// Tells the server how far the application has come.
    mutating func acknowledge() {
        guard session != nil else { return }
        if let cursor = acknowledger.flush() { transmit(OutgoingFrame.acknowledge(cursor)) }
    }

    mutating func tellMarks(_ now: Moment, all: Bool = false) {
        guard session != nil else { return marks.postpone() }
        for (conversation, id) in marks.flush(now, all: all) { transmit(OutgoingFrame.read(conversation, id)) }
    }

    /// The application has taken so many of what was handed to it, up to `cursor`.
    mutating func taken(_ count: Int, cursor: MessageID?, _ now: Moment) -> [ClientAction] {
        buffered -= count
        if let cursor { acknowledger.take(cursor, count: count, now) }
        if let deadline = acknowledger.deadline, deadline <= now.elapsed { acknowledge() }
        return finish(now)
    }

    /// Reads on or stops, as there is room; and asks for what was left out when there is.
    private mutating func balance(_ now: Moment) {
        let waiting = buffered + held
        let hasRoom = waiting <= capacity / 2
        if hasRoom, waitsForRoom {
            waitsForRoom = false
            open(now)
        }
        guard let session else { return }
        if hasRoom, hasShed, successor == nil, leaveAt == nil {
            successor = Successor(step: .planned(at: now.elapsed), address: nil)
            prepareSuccessor(now)
        }
        let isNeeded = hasShed || outbox.inFlight > 0 || requests.isWaiting
        let reads = isNeeded || hasRoom || isReading && waiting < capacity
        guard reads != isReading else { return }
        isReading = reads
        watchdog.reads(reads, now)
        actions.append(.read(session, reads))
    }
}
