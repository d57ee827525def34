import Synchronization

/// Takes what a stand-in for message-router has the edge send, and judges it. Confined to its loop's thread.
final class FanOutDriver: LoadDriver {
    private let body: Int
    private let nanoseconds: UInt64
    private let delivered: Counter
    private var ledger = StreamLedger()
    private var timeline = Timeline(start: 0)
    private let show: (Timeline.Interval, Double) -> Void
    private var lastArrival: UInt64 = 0
    /// How many have come while it was measured.
    private(set) var measured = 0
    /// Time that the loop has waited while it was measured, in nanoseconds.
    private(set) var waited: UInt64 = 0
    /// How long nothing may come at the end before what is missing is lost.
    private static let patience: UInt64 = 10_000_000_000
    private(set) var times = LatencyRecorder()
    private(set) var unread = 0
    private(set) var failed = 0
    private(set) var from: UInt64 = 0
    private(set) var to: UInt64 = 0

    /// How many have come, for who sends them.
    final class Counter: Sendable {
        let value = Atomic(0)
        let isOver = Atomic(false)
        /// How many there are to be, as soon as that is known.
        let expected = Atomic(Int.max)
    }

    /// - Parameter show: told every half a second, with the share of the time that is over.
    init(
        body: Int, seconds: Double, _ delivered: Counter, show: @escaping (Timeline.Interval, Double) -> Void
    ) {
        self.show = show
        (self.body, self.delivered, nanoseconds) = (body, delivered, UInt64(seconds * 1e9))
    }

    func turn(at now: UInt64, _ loop: LoadLoop) -> UInt64? {
        if from == 0 {
            (from, waited) = (now, loop.waited)
            timeline = Timeline(start: now)
        }
        guard to > 0 else {
            if let interval = timeline.roll(at: now) { show(interval, Double(now - from) / Double(nanoseconds)) }
            guard now - from >= nanoseconds else { return from + nanoseconds }
            (to, lastArrival, measured) = (now, now, times.count)
            waited = loop.waited - waited
            delivered.isOver.store(true, ordering: .releasing)
            return nil
        }
        // What is on its way still comes, or is lost.
        if missing <= 0 || now - lastArrival > Self.patience { loop.stop() }
        return now + 20_000_000
    }

    private var missing: Int { delivered.expected.load(ordering: .acquiring) - ledger.delivered }

    var intervals: [Timeline.Interval] { timeline.intervals }

    func opened(_ number: Int, _ loop: LoadLoop) {}

    func received(_ text: Span<UInt8>, _ number: Int, at now: UInt64, _ loop: LoadLoop) {
        let end: Int
        switch ServerText(text) {
        case .message(_, let place): end = place
        // The last ones of the step before.
        case .pong: return
        default: return unread += 1
        }
        guard let stamp = MessageStamp(text, at: end - body) else { return unread += 1 }
        lastArrival = now
        _ = ledger.note(stamp.number, of: stamp.stream, for: number)
        if to == 0 {
            times.add(nanoseconds: now - min(now, stamp.time))
            timeline.add(nanoseconds: now - min(now, stamp.time))
        }
        delivered.value.add(1, ordering: .relaxed)
    }

    func closed(_ number: Int, code: UInt16?, _ loop: LoadLoop) { failed += 1 }

    var violations: [String: Int] {
        let expected = delivered.expected.load(ordering: .acquiring)
        return [
            "lost": expected == .max ? 0 : max(0, missing), "repeated": ledger.repeated,
            "out of order": ledger.disordered, "connections lost": failed,
        ]
    }
}
