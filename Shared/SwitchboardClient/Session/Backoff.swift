/// How long to wait before the next attempt to connect, in milliseconds.
///
/// Exponential with full jitter: the span doubles with each failure and the wait is drawn from the whole of it, so the clients of an edge that went
/// away come back spread out, not in waves.
/// Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
struct Backoff: Sendable {
    /// The shortest wait.
    static let floor: Int64 = 500
    /// The longest wait after the first failure.
    static let first: Int64 = 1500
    /// The longest wait ever, unless the server asks for more.
    static let ceiling: Int64 = 20_000

    /// How many waits were drawn since the last reset.
    private(set) var attempts = 0

    /// Draws the next wait.
    /// - Parameters:
    ///   - least: the span is at least this: what the server asked for.
    ///   - random: in 0..<1.
    mutating func next(least: Int64 = 0, random: Double) -> Int64 {
        // 2^20 spans are past every ceiling; the bound keeps the shift finite on a client that tries for weeks.
        let span = max(least, min(Self.ceiling, Self.first << Int64(min(attempts, 20))))
        attempts += 1
        return Self.floor + Int64(random * Double(span - Self.floor))
    }

    /// Starts over: a connection has held.
    mutating func reset() { attempts = 0 }
}
