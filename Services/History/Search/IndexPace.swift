/// How much the indexer does at once, and how long it rests. It works for half of the time at most, and less when a turn turns out to be long.
struct IndexPace: Hashable, Sendable {
    /// Messages of a turn.
    private(set) var size = 500

    static let most = 2000
    /// A turn should take no longer: while it lasts, the place of the index is locked, and what it has written is not seen.
    private static let long = Duration.milliseconds(400)
    private static let short = Duration.milliseconds(100)
    /// How long it looks away when there is nothing to do: so much later than elsewhere is a message found.
    static let idle = Duration.milliseconds(500)

    /// A turn is over: how long to rest. `messages`: how many were indexed.
    mutating func done(_ messages: Int, in time: Duration) -> Duration {
        let wasFull = messages >= size
        if time > Self.long {
            size = max(1, size / 2)
        } else if wasFull, time < Self.short {
            size = min(Self.most, size * 2)
        }
        return wasFull ? max(time, .milliseconds(5)) : Self.idle
    }

    /// A turn has come to nothing: how long to rest. It may have been too much at once.
    mutating func failed() -> Duration {
        size = max(1, size / 4)
        return .seconds(2)
    }
}
