/// From how many members on a group is large, so that its messages go into one log instead of into each member's inbox.
public struct LargeGroupSize: Hashable, Sendable {
    /// What the limit may be. With fewer members a log is dearer than an inbox entry for each; with more a message would hold up its partition.
    public static let limits = 10...10_000

    /// The most members of a group whose messages go to inboxes; with more it is large.
    public let limit: Int

    /// A large group with so many members or fewer is large no more: 80 % of ``limit``, so that coming and going about it does not turn it each time.
    public var back: Int { limit * 4 / 5 }

    /// With a limit of one's own.
    /// - Precondition: it is one of ``limits``.
    public init(limit: Int = 1000) {
        precondition(Self.limits.contains(limit), "a group is large from \(Self.limits) members on")
        self.limit = limit
    }
}
