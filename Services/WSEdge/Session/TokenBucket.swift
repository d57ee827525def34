import NIOCore

/// Bounds the rate of frames: `burst` at once, `rate` a second in the long run.
struct TokenBucket {
    /// What a frame costs, in tenths.
    enum Cost: Int {
        case frame = 10
        /// An acknowledgement is cheap, and a client that gets much has many.
        case acknowledgement = 1
    }

    private let rate: Int
    private let capacity: Int
    private var tenths: Int
    private var filled: NIODeadline

    init(rate: Int, burst: Int, now: NIODeadline) {
        self.rate = rate
        capacity = burst * 10
        tenths = burst * 10
        filled = now
    }

    /// Nil if the frame may pass, else after how many milliseconds it may.
    mutating func take(_ cost: Cost, now: NIODeadline) -> Int? {
        if let wait = wait(cost, now: now) { return wait }
        tenths -= cost.rawValue
        return nil
    }

    /// The same without taking anything.
    mutating func wait(_ cost: Cost, now: NIODeadline) -> Int? {
        fill(now)
        guard tenths < cost.rawValue else { return nil }
        let missing = cost.rawValue - tenths
        return max(1, (missing * 100 + rate - 1) / rate)
    }

    private mutating func fill(_ now: NIODeadline) {
        let elapsed = (now - filled).nanoseconds
        let gained = Int(min(elapsed, 3_600_000_000_000)) / 1000 * rate / 100_000
        guard gained > 0 else { return }
        tenths = min(capacity, tenths + gained)
        // What is less than a tenth is kept for the next time, unless the bucket is full.
        filled = tenths == capacity ? now : filled + .nanoseconds(Int64(gained * 100_000_000 / rate))
    }
}
