/// How often each caller may ask: so many times a second, after a burst.
///
/// Pure; time comes in. It is the generic cell rate algorithm (ITU-T I.371): of a caller nothing is kept but when the allowance will be whole
/// again, so one who has been quiet for that long can be forgotten.
struct RateLimiter: Sendable {
    /// What is said to a request.
    struct Verdict: Hashable, Sendable {
        let isAllowed: Bool
        /// How many requests of cost 1 may still come at once.
        let remaining: Int
        /// Until the allowance is whole again.
        let reset: Duration
        /// Until this request would be allowed; zero when it is.
        let wait: Duration
    }

    /// Requests at once after a time of quiet.
    let burst: Int
    private let interval: Duration
    private let capacity: Int
    private var wholeAt: [String: ContinuousClock.Instant] = [:]

    /// `rate` requests a second, `burst` at once; at most `capacity` callers are remembered.
    init(rate: Int, burst: Int, capacity: Int = 100_000) {
        precondition(rate > 0 && burst > 0 && capacity > 0, "a rate, a burst and a capacity are at least 1")
        self.burst = burst
        self.capacity = capacity
        interval = .seconds(1) / rate
    }

    /// How many callers are remembered.
    var count: Int { wholeAt.count }

    /// Takes what a request costs from its caller's allowance, if there is that much; a cost above the burst counts as the burst.
    mutating func take(_ cost: Int, of caller: String, now: ContinuousClock.Instant) -> Verdict {
        let whole = interval * burst
        let before = max(wholeAt[caller] ?? now, now) - now
        let after = before + interval * min(max(cost, 0), burst)
        guard after <= whole else {
            return Verdict(isAllowed: false, remaining: remaining(before), reset: before, wait: after - whole)
        }
        if wholeAt.count >= capacity, wholeAt[caller] == nil { makeRoom(now) }
        wholeAt[caller] = now + after
        return Verdict(isAllowed: true, remaining: remaining(after), reset: after, wait: .zero)
    }

    private func remaining(_ used: Duration) -> Int { max(0, Int((interval * burst - used) / interval)) }

    /// Forgets whose allowance is whole; where that is nobody's, everybody's: one burst too many is better than no bound.
    private mutating func makeRoom(_ now: ContinuousClock.Instant) {
        wholeAt = wholeAt.filter { $0.value > now }
        if wholeAt.count >= capacity { wholeAt.removeAll(keepingCapacity: true) }
    }
}
