import RedisStreams

/// What is done about the deliveries of a chunk that failed because of their user's keys, and about those to the same users behind them.
///
/// A pure machine. It goes in rounds: in each, the foremost delivery of every such user is sent, all users in one unit. What has failed often enough is put
/// aside, and the next one of that user is tried once: so a user's deliveries stay in order, and none is overtaken and lost.
struct FailedDeliveries {
    /// A delivery that is given up for its user.
    struct Refusal: Equatable {
        /// Its place in the chunk.
        var place: Int
        var reason: String
        var tries: Int
    }

    /// What is to be done next: put aside, wait, then send.
    struct Round: Equatable {
        var refusals: [Refusal] = []
        var pause = Duration.zero
        /// Places in the chunk, of a different user each.
        var places: [Int] = []
    }

    private struct Queue {
        var places: [Int]
        /// How often the first of them has failed.
        var tries: Int
        var reason: String
    }

    private var queues: [String: Queue] = [:]

    var isEmpty: Bool { queues.isEmpty }

    /// In the chunk, a delivery failed, or was refused because one before it had. Returns whether that one is known here: otherwise nothing explains the refusal.
    mutating func add(_ place: Int, user: String, reason: String?) -> Bool {
        if queues[user] != nil {
            queues[user]?.places.append(place)
            return true
        }
        guard let reason else { return false }
        queues[user] = Queue(places: [place], tries: 1, reason: reason)
        return true
    }

    /// The user's foremost delivery has been made.
    mutating func delivered(to user: String) { advance(user) }

    /// The user's foremost delivery failed again.
    mutating func failed(for user: String, reason: String) {
        queues[user]?.tries += 1
        queues[user]?.reason = reason
    }

    /// The next round; nil when nothing is left.
    mutating func next(_ patience: inout Patience, now: ContinuousClock.Instant) -> Round? {
        guard !queues.isEmpty else { return nil }
        var round = Round()
        let doubtful = queues.filter { $0.value.tries > 0 && !patience.isProven($0.key, now: now) }
        // They wait together: the longest pause is that of all.
        if let most = doubtful.values.map(\.tries).filter({ $0 < Patience.tries }).max() {
            round.pause = patience.pause(after: most, now: now) ?? .zero
        }
        for (user, queue) in queues where queue.tries > 0 {
            guard round.pause == .zero || doubtful[user] == nil || queue.tries >= Patience.tries else { continue }
            patience.prove(user, now: now)
            round.refusals.append(Refusal(place: queue.places[0], reason: queue.reason, tries: queue.tries))
            advance(user)
        }
        round.refusals.sort { $0.place < $1.place }
        round.places = queues.values.map { $0.places[0] }.sorted()
        if round.places.isEmpty { round.pause = .zero }
        return round
    }

    private mutating func advance(_ user: String) {
        guard var queue = queues[user] else { return }
        queue.places.removeFirst()
        queue.tries = 0
        queues[user] = queue.places.isEmpty ? nil : queue
    }
}
