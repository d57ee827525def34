/// Keeps what a client sends within the rate that the server allows, so that none has to be refused: a token bucket, as the server has one.
struct Pace: Sendable {
    /// What part of the server's allowance this one may use.
    let share: Double
    private var rate: Double?
    private var burst = 0.0
    private var left = 0.0
    private var filledAt: Int64 = 0

    init(share: Double) { self.share = share }

    /// A session begins with a full bucket.
    mutating func reset(_ limits: ServerLimits, _ now: Moment) {
        if let rate = limits.rate, let burst = limits.burst {
            self.rate = max(Double(rate) * share, 0.1)
            self.burst = max(1, (Double(burst) * share).rounded(.down))
        } else {
            rate = nil
        }
        left = burst
        filledAt = now.elapsed
    }

    /// How many frames may go out now.
    mutating func available(_ now: Moment) -> Int {
        guard let rate else { return .max }
        left = min(burst, left + Double(now.elapsed - filledAt) / 1000 * rate)
        filledAt = now.elapsed
        return max(0, Int(left))
    }

    mutating func spend(_ count: Int) { left -= Double(count) }

    /// When one more may go out, by ``Moment/elapsed``.
    mutating func readyAt(_ now: Moment) -> Int64 {
        guard available(now) < 1, let rate else { return now.elapsed }
        return now.elapsed + Int64(((1 - left) / rate * 1000).rounded(.up))
    }
}
