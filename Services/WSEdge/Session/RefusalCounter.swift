import NIOCore

/// Counts refused frames within ten seconds: who goes on and on is to be sent away.
struct RefusalCounter {
    private static let window = TimeAmount.seconds(10)
    private var began: NIODeadline?
    private var refused = 0

    /// Counts one more, and says how many it is within this window.
    mutating func count(now: NIODeadline) -> Int {
        if began.map({ now >= $0 + Self.window }) ?? true {
            began = now
            refused = 0
        }
        refused += 1
        return refused
    }
}
