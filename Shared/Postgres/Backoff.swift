/// How long to leave a server alone that cannot be reached: doubling from 100 ms to 5 s, each time with full jitter above a quarter.
struct Backoff {
    private static let first = Duration.milliseconds(100)
    private static let longest = Duration.seconds(5)

    private(set) var failures = 0

    /// The pause after one more failure.
    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let ceiling = min(Self.first * (1 << min(failures, 10)), Self.longest)
        failures += 1
        return ceiling * Double.random(in: 0.25...1, using: &generator)
    }

    /// It worked: begin anew.
    mutating func reset() { failures = 0 }
}
