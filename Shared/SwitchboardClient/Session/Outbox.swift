import Messaging

/// What this device has to say and the server has not accepted yet: kept over every connection, sent in order, a window at a time, and again when it was
/// refused for now.
///
/// Each has a number `n` that it keeps. The server remembers the numbers of a device, so what was accepted, but whose `accepted` got lost, is not doubled when
/// it is sent again. Numbers come from the clock in microseconds and only grow, so that a device that was started anew does not use one twice; they stay
/// below 2^53 until the year 2255.
struct Outbox: Sendable {
    struct Entry: Sendable {
        let n: UInt64
        let frame: [UInt8]
        fileprivate(set) var isInFlight = false
        fileprivate(set) var refusals = 0
    }

    enum Refusal: Hashable, Sendable {
        /// It goes out again.
        case later
        case final(ClientError)
        /// It is not one that waits.
        case unknown
    }

    /// Below the 64 numbers that the server remembers of a device, so that a whole window may be repeated.
    static let window = 32
    /// How often `internal` is worth another try.
    static let internalLimit = 5
    /// The longest pause when the server does not say how long, in milliseconds.
    static let longestPause: Int64 = 20_000

    private let capacity: Int
    private var entries: [Entry] = []
    private var last: UInt64 = 0
    private var pace = Pace(share: 0.7)
    private var isOpen = false
    private var pausedUntil: Int64 = 0
    private(set) var frameLimit: Int64 = 65_536
    private(set) var inFlight = 0
    /// When ``flush(_:)`` has more to do, by ``Moment/elapsed``.
    private(set) var deadline: Int64?

    init(capacity: Int) { self.capacity = capacity }

    /// How many wait to be accepted.
    var count: Int { entries.count }

    /// Adds what `frame` makes of its number.
    /// - Parameter n: the application's own number; it must be above all before it.
    /// - Throws: ``ClientError`` `queueFull`, or `invalid` when it is too large or the number is not above the last.
    mutating func add(
        n wanted: UInt64? = nil, _ now: Moment, members: Int, frame make: (UInt64) -> [UInt8]
    ) throws(ClientError) -> UInt64 {
        guard entries.count < capacity else {
            throw ClientError(
                .queueFull, "\(capacity) messages wait to be accepted already: send again when some have been")
        }
        if let wanted, wanted <= last || wanted > ClientFrame.maximumN {
            throw ClientError(
                .invalid, "n \(wanted) is not above \(last), the last one, or above 2^53 - 1: leave it out, or count on"
            )
        }
        let n = wanted ?? max(last + 1, UInt64(clamping: now.wall) * 1000)
        let frame = make(n)
        guard Int64(frame.count) <= frameLimit else {
            throw ClientError(.invalid, "the message takes \(frame.count) bytes; the server takes \(frameLimit)")
        }
        try OutgoingFrame.check(frame, members: members)
        last = n
        entries.append(Entry(n: n, frame: frame))
        return n
    }

    /// There is a session.
    mutating func opened(_ limits: ServerLimits, _ now: Moment) {
        isOpen = true
        frameLimit = limits.messageBytes
        pace.reset(limits, now)
        pausedUntil = 0
    }

    /// There is none any more, and what became of what was in the air is not known.
    mutating func closed() {
        isOpen = false
        deadline = nil
        inFlight = 0
        for place in entries.indices { entries[place].isInFlight = false }
    }

    /// What may go out now, in order.
    mutating func flush(_ now: Moment) -> [[UInt8]] {
        deadline = nil
        guard isOpen, inFlight < entries.count else { return [] }
        var frames: [[UInt8]] = []
        if pausedUntil <= now.elapsed {
            var left = min(pace.available(now), Self.window - inFlight)
            for place in entries.indices where left > 0 && !entries[place].isInFlight {
                entries[place].isInFlight = true
                frames.append(entries[place].frame)
                left -= 1
            }
            inFlight += frames.count
            pace.spend(frames.count)
        }
        let next = max(pausedUntil, pace.readyAt(now))
        if inFlight < entries.count, next > now.elapsed { deadline = next }
        return frames
    }

    /// The server has it.
    /// - Returns: whether it had been waiting.
    mutating func accepted(_ n: UInt64) -> Bool { remove(n) != nil }

    /// The server refused it.
    mutating func refused(_ n: UInt64, _ error: FrameFields, _ now: Moment) -> Refusal {
        guard let place = entries.firstIndex(where: { $0.n == n }) else { return .unknown }
        entries[place].refusals += 1
        let refusals = entries[place].refusals
        let code = error.code.flatMap(ErrorCode.init)
        let isForNow = code == .busy || code == .rateLimited || code == .internalError && refusals < Self.internalLimit
        guard isForNow else {
            _ = remove(n)
            return .final(.server(error.code, error.message))
        }
        if entries[place].isInFlight { inFlight -= 1 }
        entries[place].isInFlight = false
        // Everything waits, not only this one, so that messages keep the order they were written in where that is possible.
        let pause =
            error.retryAfter.flatMap { $0 > 0 ? $0 : nil } ?? min(500 << Int64(min(refusals, 10)), Self.longestPause)
        pausedUntil = max(pausedUntil, now.elapsed + pause)
        return .later
    }

    /// A frame was too large: it must have been the largest one, and sending it again would only end the next session.
    mutating func refuseLargest() -> UInt64? {
        guard let largest = entries.filter(\.isInFlight).max(by: { $0.frame.count < $1.frame.count }) else {
            return nil
        }
        _ = remove(largest.n)
        return largest.n
    }

    /// It is over: gives up all that waits.
    mutating func removeAll() -> [UInt64] {
        defer { (entries, inFlight, deadline) = ([], 0, nil) }
        return entries.map(\.n)
    }

    private mutating func remove(_ n: UInt64) -> Entry? {
        guard let place = entries.firstIndex(where: { $0.n == n }) else { return nil }
        let entry = entries.remove(at: place)
        if entry.isInFlight { inFlight -= 1 }
        return entry
    }
}
