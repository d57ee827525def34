import FoundationEssentials

/// A point in time, as a state machine is told it.
struct Moment: Hashable, Sendable {
    /// Milliseconds that only grow: what waits are counted in.
    var elapsed: Int64
    /// Milliseconds since the Unix epoch, by this machine's clock: what tokens expire by.
    var wall: Int64
}

/// Time and chance, which tests bring along.
struct ClientClock: Sendable {
    var now: @Sendable () -> Moment
    /// In 0..<1.
    var random: @Sendable () -> Double

    static let system: ClientClock = {
        let start = ContinuousClock.now
        return ClientClock(
            now: {
                let elapsed = (ContinuousClock.now - start).components
                return Moment(
                    elapsed: elapsed.seconds * 1000 + elapsed.attoseconds / 1_000_000_000_000_000,
                    wall: Int64(Date().timeIntervalSince1970 * 1000))
            },
            random: { .random(in: 0..<1) })
    }()
}
