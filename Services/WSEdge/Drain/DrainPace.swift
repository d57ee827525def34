import NIOCore

/// How fast an edge that goes away sends its sessions elsewhere.
///
/// At least a tenth of them a second, and the same number in each step, so that they do not come to the others in waves. An edge with few sessions is done in
/// half a second; one with thousands gives each of them some seconds to choose a moment from.
struct DrainPace: Equatable {
    /// The time between two steps.
    static let step = TimeAmount.milliseconds(20)
    /// In this time all have been told: a tenth a second.
    private static let longest = TimeAmount.seconds(10)
    /// Fewer a second are not worth spreading.
    private static let leastPerSecond = 500
    private static let shortestMove = TimeAmount.milliseconds(500)
    private static let longestMove = TimeAmount.seconds(5)

    /// How long a session has to connect elsewhere from when it is told.
    let within: TimeAmount
    /// When a session that is still there is closed, from when it is told: who chose the last moment has to get there, too.
    let grace: TimeAmount
    /// In what time all are told.
    let span: TimeAmount

    /// - Parameters:
    ///   - sessions: what the edge holds.
    ///   - time: in which it must be empty.
    init(sessions: Int, time: TimeAmount) {
        let grown = Self.shortestMove + .microseconds(Int64(sessions) * 500)
        within = min(grown, Self.longestMove, .nanoseconds(time.nanoseconds / 4))
        grace = within + .nanoseconds(within.nanoseconds / 2)
        let few = TimeAmount.nanoseconds(Int64(sessions) * 1_000_000_000 / Int64(Self.leastPerSecond))
        span = min(few, Self.longest, time - grace)
    }

    /// How many of `sessions` are told in each step.
    func perStep(of sessions: Int) -> Int {
        let steps = max(1, Int(span.nanoseconds / Self.step.nanoseconds))
        return max(1, (sessions + steps - 1) / steps)
    }
}
