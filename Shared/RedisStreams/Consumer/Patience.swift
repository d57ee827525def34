/// How long the reader of a partition bears with what fails for its own sake, before it is put aside.
///
/// A first failure may be chance, so it is tried ``tries`` times within about 0.3 s. But all that a partition waits for this is bounded: one second at once, and a tenth
/// of the time after that. What has been proven broken is tried once and no more for a while, so that a user whose every message fails
/// delays the others once, and not with each message. Pure: time comes in.
public struct Patience: Sendable {
    /// How often something is tried, at most.
    public static let tries = 5

    private static let firstPause = Duration.milliseconds(20)
    private static let limit = Duration.seconds(1)
    private static let share = 0.1
    private static let memory = Duration.seconds(10)
    private static let remembered = 10_000

    private var credit = limit
    private var updated: ContinuousClock.Instant?
    private var proven: [String: ContinuousClock.Instant] = [:]

    /// Full patience.
    public init() {}

    /// Whether this has been proven broken a short while ago.
    public func isProven(_ subject: String, now: ContinuousClock.Instant) -> Bool {
        guard let until = proven[subject] else { return false }
        return now < until
    }

    /// It has failed for good: it, or something of it, was put aside.
    public mutating func prove(_ subject: String, now: ContinuousClock.Instant) {
        if proven.count >= Self.remembered {
            proven = proven.filter { now < $0.value }
            if proven.count >= Self.remembered { proven = [:] }
        }
        proven[subject] = now + Self.memory
    }

    /// How long to wait before it is tried once more; nil when it is not to be tried any more.
    /// - Parameter tries: how often it has been tried.
    public mutating func pause(after tries: Int, now: ContinuousClock.Instant) -> Duration? {
        guard tries < Self.tries else { return nil }
        if let updated { credit = min(Self.limit, credit + (now - updated) * Self.share) }
        updated = now
        let pause = Self.firstPause * (1 << max(0, tries - 1))
        guard pause <= credit else { return nil }
        credit -= pause
        return pause
    }
}
