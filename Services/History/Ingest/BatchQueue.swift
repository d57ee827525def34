/// Which waiting entries go into the next transaction, and when. Pure: time comes in, and the writer does what it says.
///
/// What one partition brings stays together. A batch is due when it is full, or when its first entry has waited for the linger; of all
/// partitions together, so that sixteen quiet ones cost one transaction and not sixteen. What comes while a transaction is under way waits for its
/// end, so batches are as large as the lag makes them.
struct BatchQueue<Ticket> {
    enum Action {
        /// Nothing to do until something happens.
        case wait
        /// Ask again then, or when something happens.
        case waitUntil(ContinuousClock.Instant)
        /// Store these in one transaction.
        case store([Ticket])
    }

    private struct Waiting {
        var ticket: Ticket
        var count: Int
        var bytes: Int
        var since: ContinuousClock.Instant
    }

    private let size: Int
    private let bytes: Int
    private let linger: Duration
    private let writers: Int
    private var waiting: [Waiting] = []
    private var entries = 0
    private var weight = 0
    private var writing = 0
    private var isOpen = false
    private var pausedUntil: ContinuousClock.Instant?
    private var failures = 0

    /// - Parameters:
    ///   - size: entries of a transaction at most, unless one partition alone brings more.
    ///   - bytes: what they weigh at most, with the same exception.
    ///   - linger: how long the first entry waits for more.
    ///   - writers: transactions under way at the same time.
    init(size: Int, bytes: Int = .max, linger: Duration, writers: Int) {
        self.size = size
        self.bytes = bytes
        self.linger = linger
        self.writers = writers
    }

    /// Nothing can be stored now: the database has not been prepared, or it failed and is left alone for a while.
    var isStalled: Bool { !isOpen || pausedUntil != nil }

    var isEmpty: Bool { waiting.isEmpty && writing == 0 }

    /// The database is ready.
    mutating func open() { isOpen = true }

    mutating func add(_ ticket: Ticket, count: Int, bytes: Int = 0, now: ContinuousClock.Instant) {
        waiting.append(Waiting(ticket: ticket, count: count, bytes: bytes, since: now))
        entries += count
        weight += bytes
    }

    mutating func next(now: ContinuousClock.Instant) -> Action {
        guard isOpen, writing < writers, let first = waiting.first else { return .wait }
        if let pausedUntil, now < pausedUntil { return .waitUntil(pausedUntil) }
        // After a failure one transaction tries alone.
        if pausedUntil != nil && writing > 0 { return .wait }
        let due = first.since + linger
        guard entries >= size || weight >= bytes || now >= due else { return .waitUntil(due) }
        var (taken, count, load) = (0, 0, 0)
        while taken < waiting.count,
            taken == 0 || (count + waiting[taken].count <= size && load + waiting[taken].bytes <= bytes)
        {
            count += waiting[taken].count
            load += waiting[taken].bytes
            taken += 1
        }
        let tickets = waiting.prefix(taken).map(\.ticket)
        waiting.removeFirst(taken)
        entries -= count
        weight -= load
        writing += 1
        return .store(tickets)
    }

    mutating func stored() {
        writing -= 1
        pausedUntil = nil
        failures = 0
    }

    /// The database failed: it is left alone for a time that grows from 100 ms to 5 s. `jitter`: 0 to 1.
    mutating func failed(now: ContinuousClock.Instant, jitter: Double) {
        writing -= 1
        let ceiling = min(Duration.milliseconds(100) * (1 << min(failures, 10)), .seconds(5))
        failures += 1
        pausedUntil = now + ceiling * (0.5 + jitter / 2)
    }

    /// Gives up what waits.
    mutating func abandon() -> [Ticket] {
        defer {
            waiting = []
            (entries, weight) = (0, 0)
        }
        return waiting.map(\.ticket)
    }
}
