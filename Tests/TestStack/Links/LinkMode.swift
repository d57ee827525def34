/// What a ``LinkProxy`` does with what passes through it.
package enum LinkMode: Sendable, Equatable {
    /// Everything passes at once.
    case pass
    /// Nothing passes in either direction, ends of connections neither, as if each packet were dropped: what is open stays open, what is new is
    /// taken and not answered. What was sent meanwhile arrives when it is over, as what TCP sends again does.
    case silent
    /// Everything passes this much later, in each direction.
    case slowed(Duration)

    /// How much later than it came something leaves.
    var delay: Duration {
        if case .slowed(let delay) = self { return delay }
        return .zero
    }
}
