import Messaging

@testable import WSEdge

/// A session and its inbox in small: Redis, the router's hints and the socket, with everything that can go wrong between them, driven by chance.
struct InboxModel {
    struct Entry: Equatable {
        var cursor: MessageID
        var previous: MessageID
        var isOwn: Bool
    }

    private enum Request {
        case page(after: MessageID, beginning: Int)
        case last
        case register(standing: MessageID?)
        case acknowledge(MessageID)
    }

    private enum Reply {
        /// Nil: it could not be read.
        case page([Entry]?, isFull: Bool, beginning: Int)
        case last(MessageID)
        case registered(start: MessageID, last: MessageID, [Entry], isFull: Bool)
    }

    static let page = 4
    private(set) var machine = SessionStateMachine()
    private(set) var appended: [Entry] = []
    private(set) var delivered: [MessageID] = []
    private(set) var gaps: [MessageID] = []
    /// What Redis held for the session when it was registered first.
    private(set) var start = MessageID.zero
    private var inbox: [Entry] = []
    private var last = MessageID.zero
    private var cursorOfDevice = MessageID.zero
    private var hints: [Entry] = []
    private var requests: [Request] = []
    private var replies: [Reply] = []
    private var room = 1000
    private var isRegistered = false
    private var random: any RandomNumberGenerator
    private var acknowledged = MessageID.zero
    var allowsTrimming = false
    /// Whether the client listens only at times.
    private let holds: Bool

    init(seed: UInt64, holds: Bool = false) {
        random = SplitMix(state: seed)
        requests = [.register(standing: nil)]
        self.holds = holds
        if holds { machine.hold() }
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    /// One thing happens.
    mutating func step() {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<25: append()
        case 25..<50: giveHint()
        case 50..<65: redisExecutes()
        case 65..<80: giveReply()
        case 80..<84: look()
        case 84..<88: lapse()
        case 88..<92: acknowledge()
        case 92..<95: flush()
        case 95..<97: room = 0
        case 97..<98: drain()
        case 98..<99 where holds: if machine.isHeld { listen() } else { machine.hold() }
        case 98..<99: drain()
        default:
            if allowsTrimming, !inbox.isEmpty { inbox.removeFirst(Int.random(in: 1...inbox.count, using: &random)) }
        }
    }

    /// Nothing is lost any more; runs until all is quiet.
    mutating func settle() {
        if machine.isHeld { follow(machine.listen(again: false)) }
        drain()
        for _ in 0..<3 {
            while !requests.isEmpty || !replies.isEmpty {
                redisExecutes(failing: 0)
                giveReply()
                drain()
            }
            follow(machine.retry())
            requests.append(.last)
        }
        while !requests.isEmpty || !replies.isEmpty {
            redisExecutes(failing: 0)
            giveReply()
        }
    }

    private mutating func append() {
        let id = MessageID(
            milliseconds: last.milliseconds + UInt64.random(in: 0...1, using: &random), sequence: last.sequence + 1)
        let entry = Entry(cursor: id, previous: last, isOwn: chance(30))
        last = id
        inbox.append(entry)
        appended.append(entry)
        guard isRegistered, !chance(20) else { return }
        hints.append(entry)
        if chance(10) { hints.append(entry) }
    }

    private mutating func giveHint() {
        guard !hints.isEmpty else { return }
        // Mostly in order, now and then not.
        let place = chance(80) ? 0 : Int.random(in: 0..<hints.count, using: &random)
        let entry = hints.remove(at: place)
        if chance(10) {
            follow(machine.look(entry.cursor))
            return
        }
        let action = machine.hint(cursor: entry.cursor, previous: entry.previous, isOwn: entry.isOwn)
        if action == .deliver { delivered.append(entry.cursor) }
        follow(action)
    }

    private mutating func look() { requests.append(.last) }

    private mutating func lapse() {
        guard machine.lapsed() else { return }
        isRegistered = false
        requests.append(.register(standing: machine.standing))
    }

    private mutating func redisExecutes(failing: Int = 10) {
        guard !requests.isEmpty else { return }
        let request = requests.removeFirst()
        if chance(failing) {
            switch request {
            case .register: requests.append(request)
            case .page(_, let beginning): replies.append(.page(nil, isFull: false, beginning: beginning))
            case .acknowledge: machine.acknowledgementFailed()
            case .last: break
            }
            return
        }
        switch request {
        case .page(let after, let beginning):
            let found = inbox.filter { $0.cursor > after }.prefix(Self.page)
            replies.append(.page(Array(found), isFull: found.count == Self.page, beginning: beginning))
        case .last: replies.append(.last(last))
        case .register(let standing):
            isRegistered = true
            let from = standing ?? cursorOfDevice
            if standing == nil { start = from }
            let found = inbox.filter { $0.cursor > from }.prefix(Self.page)
            replies.append(.registered(start: from, last: last, Array(found), isFull: found.count == Self.page))
        case .acknowledge(let cursor):
            cursorOfDevice = max(cursorOfDevice, cursor)
            inbox.removeAll { $0.cursor <= cursorOfDevice }
        }
    }

    private mutating func giveReply() {
        guard !replies.isEmpty else { return }
        switch replies.removeFirst() {
        case .page(let entries, let isFull, let beginning):
            guard beginning == machine.beginning else { return }
            if let entries { apply(entries, isFull) } else { machine.pageFailed() }
        case .last(let last): follow(machine.look(last))
        case .registered(let start, let last, let entries, let isFull):
            machine.registered(start: start, last: last, first: nil)
            apply(entries, isFull)
        }
    }

    private mutating func apply(_ entries: [Entry], _ isFull: Bool) {
        var left: MessageID?
        for entry in entries {
            guard room > 0, !machine.isHeld else {
                left = entry.cursor
                break
            }
            room -= 1
            switch machine.entry(cursor: entry.cursor, previous: entry.previous, isOwn: entry.isOwn) {
            case .none: break
            case .deliver: delivered.append(entry.cursor)
            case .gap(let after): gaps.append(after)
            case .gapThenDeliver(let after):
                gaps.append(after)
                delivered.append(entry.cursor)
            }
        }
        switch machine.pageEnded(isFull: isFull, left: left) {
        case .none: break
        case .read(let after): requests.append(.page(after: after, beginning: machine.beginning))
        case .gap(let after): gaps.append(after)
        }
    }

    private mutating func follow(_ action: SessionStateMachine.HintAction) {
        if case .read(let after) = action { requests.append(.page(after: after, beginning: machine.beginning)) }
    }

    /// The client listens, half of the time also to what it has had and not acknowledged.
    private mutating func listen() {
        let again = chance(50)
        if again { delivered.removeAll { $0 > acknowledged } }
        follow(machine.listen(again: again))
    }

    private mutating func drain() {
        room = Int.random(in: 3...1000, using: &random)
        follow(machine.drained())
    }

    private mutating func acknowledge() {
        guard let newest = delivered.last else { return }
        let cursor = chance(70) ? newest : delivered[Int.random(in: 0..<delivered.count, using: &random)]
        if machine.acknowledge(cursor) { acknowledged = max(acknowledged, cursor) }
    }

    private mutating func flush() {
        guard let cursor = machine.takeAcknowledgement() else { return }
        requests.append(.acknowledge(cursor))
    }

    /// The newest entry's id, and what the inbox still holds.
    var newest: MessageID { last }
    var held: [Entry] { inbox }

    /// The client acknowledges all it was sent, and Redis is told.
    mutating func acknowledgeAll() {
        if let newest = delivered.last { _ = machine.acknowledge(newest) }
        flush()
        settle()
    }
}

/// A small generator that gives the same numbers for the same seed. Source: https://prng.di.unimi.it/splitmix64.c
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
