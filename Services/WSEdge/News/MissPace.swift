/// Which misses are answered: no user twice within a second, and no more than so many users a second.
///
/// A pure machine. What is not answered heals by the session's check; and a router that was answered does not ask again.
struct MissPace {
    /// Users a second.
    static let limit = 1000

    private var end: ContinuousClock.Instant?
    private var users: Set<String> = []

    /// Those of these users who are to be answered now.
    mutating func take(_ absent: [String], now: ContinuousClock.Instant) -> [String] {
        if now >= end ?? now {
            end = now + .seconds(1)
            users.removeAll(keepingCapacity: true)
        }
        var taken: [String] = []
        for user in absent where users.count < Self.limit {
            if users.insert(user).inserted { taken.append(user) }
        }
        return taken
    }
}
