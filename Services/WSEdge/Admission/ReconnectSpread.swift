/// Over what time the sessions of an edge that dies should come back, which each of them is told in its welcome.
///
/// What is told cannot be taken back, and the first sessions of an edge come while it is small: so it is reckoned with growth, up to a few seconds.
enum ReconnectSpread {
    /// How many times its sessions an edge may have when it dies.
    private static let growth = 4
    /// Up to here growth is reckoned with, in milliseconds.
    private static let forGrowth = 5000
    /// The longest, in milliseconds.
    private static let longest = 60_000

    /// Milliseconds.
    /// - Parameters:
    ///   - sessions: what the edge holds now.
    ///   - rate: how many a second the others can take.
    static func milliseconds(sessions: Int, rate: Int) -> Int {
        let time = sessions * 1000 / max(1, rate)
        return min(longest, max(time, min(time * growth, forGrowth)))
    }
}
