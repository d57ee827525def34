/// How long to wait before the next try: grows from a base to a cap, with full jitter so that many do not come back at once.
/// Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
public struct Backoff: Sendable {
    private let base: Duration
    private let cap: Duration
    private var attempt = 0

    /// A back-off that starts anew.
    public init(base: Duration = .milliseconds(50), cap: Duration = .seconds(2)) {
        self.base = base
        self.cap = cap
    }

    /// The next wait, between a tenth of the present limit and the limit.
    public mutating func next() -> Duration {
        let limit = min(cap, base * (1 << min(attempt, 16)))
        attempt += 1
        return limit * Double.random(in: 0.1...1)
    }

    /// After a success: start anew.
    public mutating func reset() { attempt = 0 }
}
