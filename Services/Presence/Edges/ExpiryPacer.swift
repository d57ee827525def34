/// When leases of edges may be judged: not right after a time in which nobody could renew one.
///
/// While Redis is away no edge can renew its lease. Were the leases judged by the clock as soon as Redis is back, every edge would be declared dead just before it
/// renews, and every session would have to be registered again. So after a failure, or after a pause of this process itself, edges are given time first.
struct ExpiryPacer {
    /// Longer than the 5 s between two renewals, with what reconnecting takes.
    static let patience = Duration.seconds(8)
    /// A longer time between two looks is a pause.
    static let longestGap = Duration.seconds(5)

    private var lastLook: ContinuousClock.Instant?
    private var notBefore: ContinuousClock.Instant?

    /// Whether leases may be judged now. To be called at every look.
    mutating func mayExpire(now: ContinuousClock.Instant) -> Bool {
        if let lastLook, now - lastLook > Self.longestGap { notBefore = now + Self.patience }
        lastLook = now
        guard let notBefore else { return true }
        if now >= notBefore { self.notBefore = nil }
        return now >= notBefore
    }

    /// A look has failed.
    mutating func failed(now: ContinuousClock.Instant) { notBefore = now + Self.patience }
}
