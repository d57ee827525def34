import Messaging

/// Asks the server for what it answers by `ok` or `error`: some at a time, in order, and again what it refused for now.
///
/// What was asked belongs to a session. When that ends everything is forgotten, and who wants it asks in the next one.
struct Requests: Sendable {
    enum Request: Hashable, Sendable {
        /// `turn`: of the subscription, so that an answer to an earlier one is known as such.
        case subscribe(String, turn: Int)
        case unsubscribe(String)
        case watch([String])
        case unwatch([String])

        /// How many frames it costs: a `watch` one for each 50 users.
        var cost: Int {
            switch self {
            case .subscribe, .unsubscribe: 1
            case .watch(let users), .unwatch(let users): (users.count + 49) / 50
            }
        }
    }

    enum Refusal: Hashable, Sendable {
        case later
        case final(Request)
        /// It answers nothing that was asked here.
        case unknown
    }

    /// How many are on their way at once: what a client asks anew after a reconnect must not eat up what it may send.
    static let window = 8
    /// How many may wait, far above the topics and users that one session may have.
    static let capacity = 1_000

    private var pace = Pace(share: 0.5)
    private var waiting: [Request] = []
    private var asked: [UInt64: Request] = [:]
    private var numbers: UInt64 = 0
    private var pausedUntil: Int64 = 0
    private var pauses = 0
    private(set) var isOpen = false
    /// When ``next(_:)`` has more to give, by ``Moment/elapsed``.
    private(set) var deadline: Int64?

    init() {}

    /// Whether an answer is awaited.
    var isWaiting: Bool { !asked.isEmpty }

    /// There is a session.
    mutating func opened(_ limits: ServerLimits, _ now: Moment) {
        (waiting, asked, isOpen) = ([], [:], true)
        pace.reset(limits, now)
        (pausedUntil, pauses) = (0, 0)
    }

    /// There is none any more.
    mutating func closed() { (waiting, asked, isOpen, deadline) = ([], [:], false, nil) }

    /// A number for a frame that is answered. Those of messages are their device's, and far above.
    mutating func number() -> UInt64 {
        numbers += 1
        return numbers
    }

    /// Asks, when there is a session.
    /// - Returns: false when too many wait already.
    mutating func ask(_ request: Request) -> Bool {
        guard isOpen else { return true }
        guard waiting.count < Self.capacity else { return false }
        waiting.append(request)
        return true
    }

    /// The next one that may go out now. Whoever calls says with ``sent(_:_:)`` that it did, or drops it.
    mutating func next(_ now: Moment) -> Request? {
        deadline = nil
        guard isOpen, !waiting.isEmpty, asked.count < Self.window else { return nil }
        let ready = max(pausedUntil, pace.readyAt(now))
        guard ready <= now.elapsed else {
            deadline = ready
            return nil
        }
        return waiting.removeFirst()
    }

    /// It goes out.
    /// - Returns: its number.
    mutating func sent(_ request: Request) -> UInt64 {
        let n = number()
        asked[n] = request
        pace.spend(request.cost)
        return n
    }

    /// An `ok` came.
    mutating func done(_ n: UInt64) -> Request? {
        pauses = 0
        return asked.removeValue(forKey: n)
    }

    /// An `error` came.
    mutating func refused(_ n: UInt64, _ error: FrameFields, _ now: Moment) -> Refusal {
        guard let request = asked.removeValue(forKey: n) else { return .unknown }
        switch error.code.flatMap(ErrorCode.init) {
        case .busy, .rateLimited, .internalError:
            pauses += 1
            let pause =
                error.retryAfter.flatMap { $0 > 0 ? $0 : nil }
                ?? min(500 << Int64(min(pauses, 10)), Outbox.longestPause)
            pausedUntil = max(pausedUntil, now.elapsed + pause)
            waiting.insert(request, at: 0)
            return .later
        default:
            return .final(request)
        }
    }
}
