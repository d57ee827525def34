import Messaging

/// Cuts what is to be delivered into chunks that are sent to Redis as one unit each.
///
/// A pure machine. Chunks bound the memory that a batch takes: a batch of 500 messages to groups of 1,000 is half a million deliveries. A dispatch is kept
/// in one chunk where it fits, so that its body is written once for each edge; one that does not fit goes over several, of which only the last one is
/// ``Chunk/isWhole``.
struct DeliveryPlanner {
    /// What a chunk may hold.
    struct Limits: Sendable {
        /// The most commands.
        var commands = 2000
        /// The most bytes of commands, about.
        var bytes = 4 << 20
    }

    /// One command: a dispatch for one user.
    struct Delivery: Equatable, Sendable {
        /// Which of the chunk's dispatches.
        var dispatch: Int
        var user: String
        /// The mark that an earlier command of the chunk leaves with the user, `0-0` without one: if that command fails, this one must not take effect.
        var after: MessageID
    }

    /// What is sent as one unit.
    struct Chunk: Sendable {
        /// The dispatches with a number that is the same in every chunk a dispatch is in.
        var dispatches: [(number: Int, dispatch: Dispatch)] = []
        var deliveries: [Delivery] = []
        /// Whether all dispatches are complete with this chunk.
        var isWhole = true
    }

    private let limits: Limits
    private var chunk = Chunk()
    private var size = 0
    private var marks: [String: MessageID] = [:]
    private var count = 0

    init(limits: Limits = Limits()) { self.limits = limits }

    /// Adds a dispatch for these users, each named once; returns the chunks that are full by that.
    mutating func add(_ dispatch: Dispatch, to users: some Collection<String>) -> [Chunk] {
        guard !users.isEmpty else { return [] }
        var full: [Chunk] = []
        let each = dispatch.commandSize
        if !chunk.deliveries.isEmpty, !fits(users.count, of: each) { full.append(take(isWhole: true)) }
        count += 1
        chunk.dispatches.append((count, dispatch))
        for user in users {
            if !chunk.deliveries.isEmpty, !fits(1, of: each) {
                full.append(take(isWhole: false))
                chunk.dispatches.append((count, dispatch))
            }
            var after = MessageID.zero
            if let mark = dispatch.mark { after = marks.updateValue(mark, forKey: user) ?? .zero }
            chunk.deliveries.append(Delivery(dispatch: chunk.dispatches.count - 1, user: user, after: after))
            size += each
        }
        return full
    }

    /// The last chunk, if there is anything in it.
    mutating func finish() -> Chunk? {
        chunk.deliveries.isEmpty ? nil : take(isWhole: true)
    }

    private func fits(_ deliveries: Int, of each: Int) -> Bool {
        chunk.deliveries.count + deliveries <= limits.commands && size + deliveries * each <= limits.bytes
    }

    private mutating func take(isWhole: Bool) -> Chunk {
        var taken = chunk
        taken.isWhole = isWhole
        chunk = Chunk()
        size = 0
        // Chunks are sent one after the other, each when the one before has succeeded: the chain starts anew.
        marks.removeAll(keepingCapacity: true)
        return taken
    }
}
