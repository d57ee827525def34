internal import Messaging

/// Which canaries are due, which are still on their way, and how old that makes the newest proof that the way works.
///
/// A pure state machine over partitions; time comes in. Every interval a round is sent: a canary to each partition of a share. A partition
/// is settled when its newest canary is back. The proof is the newest round that was sent when all partitions were settled: while all goes well
/// it is at most an interval old, and when a partition breaks it grows old with the time since then, however rarely that partition is asked.
/// A canary that is overdue is sent again, at growing intervals: it may have been lost with what Redis had not kept. One that comes back
/// speaks for all that were sent before it.
struct CanaryStateMachine {
    typealias Instant = ContinuousClock.Instant

    /// A canary that is to be sent.
    struct Due: Hashable {
        let partition: Int
        /// Counts over all partitions.
        let number: UInt64
    }

    /// A partition's canaries.
    private struct Route {
        /// When the last canary was sent that is known to be back, or the round before the first one that is not.
        var proof: Instant
        var isSettled = false
        /// Those on their way, oldest first.
        var flying: [(number: UInt64, sent: Instant, id: MessageID?)] = []
        /// When it is sent again.
        var next: Instant
        var cause = CanaryFailure.Cause.unanswered
    }

    /// Canaries of a partition that are kept in mind, at most; older ones are spoken for by these.
    private static let remembered = 32
    /// The longest pause between two canaries of a partition that does not return them.
    private static let patience = Duration.seconds(30)

    private let interval: Duration
    private let limit: Duration
    private let start: Instant
    private var routes: [Int: Route] = [:]
    private var count: UInt64 = 0
    /// Where the next share begins.
    private var cursor: Int
    private var lastRound: Instant?
    private var isProven = false

    /// `cursor`: where the first share begins; instances of a service begin at different places, so that together they ask all partitions.
    init(interval: Duration, limit: Duration, cursor: Int, now: Instant) {
        self.interval = interval
        self.limit = limit
        self.cursor = cursor
        start = now
    }

    /// Whether all canaries sent are back.
    var isSettled: Bool { routes.values.allSatisfy(\.isSettled) }

    /// How long ago the newest proof was sent.
    func age(now: Instant) -> Duration {
        now - (routes.values.filter { !$0.isSettled }.map(\.proof).min() ?? lastRound ?? start)
    }

    /// What is wrong: the proof is too old, or there has never been one. Nil when all is well.
    func failure(now: Instant) -> CanaryFailure? {
        let age = age(now: now)
        guard !isProven || age > limit else { return nil }
        let broken = routes.filter { !$0.value.isSettled && (!isProven || now - $0.value.proof > limit) }
        let worst = broken.min { ($0.value.proof, $0.key) < ($1.value.proof, $1.key) }
        guard let worst else { return CanaryFailure(partition: nil, others: 0, age: age, cause: .unanswered) }
        return CanaryFailure(
            partition: worst.key, others: broken.count - 1, age: age, cause: worst.value.cause)
    }

    // MARK: Events

    /// The canaries to be sent now: a round when it is time for one, to `share` of these partitions, and those that are overdue.
    mutating func due(now: Instant, partitions: Set<Int>, share: Int) -> [Due] {
        for partition in routes.keys where !partitions.contains(partition) { routes[partition] = nil }
        var due: [Due] = []
        for (partition, route) in routes.sorted(by: { $0.key < $1.key }) where !route.isSettled && route.next <= now {
            due.append(send(partition, now: now))
        }
        // A service that has just started is about to get its partitions: without any, there is nothing that a round would prove.
        guard lastRound.map({ now >= $0 + interval }) ?? (!partitions.isEmpty || now >= start + limit) else {
            return due
        }
        let all = partitions.sorted()
        for step in 0..<min(max(share, 1), all.count) {
            let partition = all[(cursor + step) % all.count]
            guard routes[partition]?.isSettled ?? true else { continue }
            let proof = max(routes[partition]?.proof ?? start, lastRound ?? start)
            routes[partition] = Route(proof: proof, next: now)
            due.append(send(partition, now: now))
        }
        if !all.isEmpty { cursor = (cursor + max(share, 1)) % all.count }
        lastRound = now
        if due.isEmpty, isSettled { isProven = true }
        return due
    }

    private mutating func send(_ partition: Int, now: Instant) -> Due {
        count += 1
        guard var route = routes[partition] else { return Due(partition: partition, number: count) }
        let taken = route.flying.count { $0.id != nil }
        let pause = min(interval * (1 << min(taken, 6)), max(interval, Self.patience))
        if route.flying.count == Self.remembered { route.flying.removeFirst() }
        route.flying.append((count, now, nil))
        route.next = now + pause
        routes[partition] = route
        return Due(partition: partition, number: count)
    }

    /// The log has taken a canary, with this id.
    mutating func taken(_ due: Due, id: MessageID) {
        guard var route = routes[due.partition],
            let place = route.flying.firstIndex(where: { $0.number == due.number })
        else { return }
        route.flying[place].id = id
        route.cause = .notReturned
        routes[due.partition] = route
    }

    /// A canary could not be sent, and this is why; it is tried again soon.
    mutating func refused(_ due: Due, reason: String, now: Instant) {
        guard var route = routes[due.partition], route.flying.contains(where: { $0.number == due.number }) else {
            return
        }
        // Whether it was taken all the same is not always known: it may come back yet.
        route.cause = .refused(reason)
        route.next = now + min(interval, .seconds(1))
        routes[due.partition] = route
    }

    /// A canary is back. Returns how long it was on its way; nil when it is not waited for.
    mutating func returned(partition: Int, number: UInt64, now: Instant) -> Duration? {
        returned(partition, now: now) { $0.number == number }
    }

    /// All canaries with ids up to this one are back. Returns how long the last of them was on its way; nil when none was waited for.
    mutating func returned(partition: Int, through id: MessageID, now: Instant) -> Duration? {
        returned(partition, now: now) { $0.id.map { $0 <= id } ?? false }
    }

    private mutating func returned(
        _ partition: Int, now: Instant, _ isBack: ((number: UInt64, sent: Instant, id: MessageID?)) -> Bool
    ) -> Duration? {
        guard var route = routes[partition], let place = route.flying.lastIndex(where: isBack) else { return nil }
        let sent = route.flying[place].sent
        route.flying.removeFirst(place + 1)
        route.proof = max(route.proof, sent)
        if route.flying.isEmpty {
            // One that comes late says that the way was there, not that it is in time now: the next one tells.
            route.isSettled = now - sent <= limit
            route.next = now
        }
        routes[partition] = route
        if isSettled { isProven = true }
        return now - sent
    }
}
