/// Whether a turn of the indexer is ready for anything, or trusts that Postgres can read what it meets and that none of it is indexed yet, which is as a rule so and
/// takes a third less of the processor.
///
/// Where it is not so, the turn is refused and done again with care; and so are the next ones, as what was met once may come again, and to
/// do each turn twice would cost more than care.
struct IndexCare: Hashable, Sendable {
    /// Turns with care after one that was refused, that one included.
    static let turns = 16
    private var left = 0

    /// Whether the next turn is done with care.
    var isCareful: Bool { left > 0 }

    /// A turn was refused.
    mutating func refused() { left = Self.turns }

    /// A turn is done.
    mutating func done() { left = max(0, left - 1) }
}
