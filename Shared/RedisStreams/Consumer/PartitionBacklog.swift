internal import Messaging

/// What an instance knows of the partitions it holds: how far each was read, what waits for its handler, and what is to be read next.
///
/// A pure state machine: the reading thread, the workers and the lease loop call it under one lock.
struct PartitionBacklog {
    /// One partition that is held.
    struct Held {
        var term: Int64
        /// The timeline of Redis that it was taken on; on another one the work since the committed position may be gone, and counts for nothing.
        var timeline: String
        /// Until then nobody else can have the lease: what is read by then has no hole.
        var validUntil: ContinuousClock.Instant
        /// The committed position.
        var position: MessageID
        /// The last entry read.
        var read: MessageID
        /// The last signal read.
        var readSignal: MessageID
        var entries: [StreamEntry] = []
        /// What the entries weigh in bytes.
        var weight = 0
        var signals: [StreamEntry] = []
        /// Woken when something comes, or when the partition is lost.
        var worker: CheckedContinuation<Void, Never>?
        var isLost = false
        var lag: Int64 = 0
        /// Entries of the stream, as of the last renewal.
        var length: Int64 = 0
        /// How many dead letters there are.
        var deadLetters: Int64 = 0
    }

    /// What to read: streams with the id to read after.
    struct Plan: Equatable {
        var streams: [String] = []
        var after: [MessageID] = []
        /// Whether some partition was left out because enough of it waits: look again soon.
        var isPartial = false
        /// Whether some partition was left out because it is held on another timeline.
        var isElsewhere = false
    }

    private(set) var held: [Int: Held] = [:]
    private let configuration: ConsumerConfiguration
    private let readAheadLimit: Int
    private let weightLimit: Int
    private static let signalLimit = 10_000

    init(_ configuration: ConsumerConfiguration) {
        self.configuration = configuration
        readAheadLimit = configuration.batch * configuration.batchesAhead
        weightLimit = configuration.batchBytes * configuration.batchesAhead
    }

    /// The lease on a partition has been taken: it is read from `position` on. `asked`: when it was asked for, before Redis had the command.
    mutating func take(
        _ partition: Int, term: Int64, timeline: String, position: MessageID, now: Int64, lag: Int64,
        asked: ContinuousClock.Instant
    ) {
        held[partition] = Held(
            term: term, timeline: timeline, validUntil: end(ofLeaseAskedFor: asked), position: position,
            read: position,
            readSignal: MessageID(milliseconds: UInt64(max(0, now)), sequence: 0), lag: lag)
    }

    /// The lease was renewed.
    mutating func renew(_ partition: Int, lag: Int64, length: Int64, asked: ContinuousClock.Instant) {
        let end = end(ofLeaseAskedFor: asked)
        held[partition]?.lag = lag
        held[partition]?.length = length
        held[partition]?.validUntil = end
    }

    /// A tenth less than the lease: clocks do not run alike.
    private func end(ofLeaseAskedFor asked: ContinuousClock.Instant) -> ContinuousClock.Instant {
        asked + configuration.lease * 0.9
    }

    /// How many dead letters the partition has.
    mutating func count(_ partition: Int, deadLetters: Int64) { held[partition]?.deadLetters = deadLetters }

    /// The lease is gone (only that of `term`, if given): the worker finishes what it is at and ends. Returns the worker to wake.
    mutating func lose(_ partition: Int, term: Int64? = nil) -> CheckedContinuation<Void, Never>? {
        guard let one = held[partition], term == nil || one.term == term else { return nil }
        held[partition]?.isLost = true
        defer { held[partition]?.worker = nil }
        return held[partition]?.worker
    }

    /// The worker of a lost partition has ended.
    mutating func forget(_ partition: Int) { held[partition] = nil }

    /// Redis has another timeline than the partitions held were taken on: they are gone. Returns the workers to wake.
    mutating func loseAll(notOn timeline: String) -> [CheckedContinuation<Void, Never>] {
        held.filter { $0.value.timeline != timeline && !$0.value.isLost }.keys.compactMap { lose($0) }
    }

    /// What to read next over a link to a server with this timeline.
    func plan(on timeline: String) -> Plan {
        var plan = Plan()
        for (partition, one) in held.sorted(by: { $0.key < $1.key }) where !one.isLost {
            guard one.timeline == timeline else {
                plan.isElsewhere = true
                continue
            }
            if one.entries.count < readAheadLimit, one.weight < weightLimit {
                plan.streams.append(configuration.streamKey(partition))
                plan.after.append(one.read)
            } else {
                plan.isPartial = true
            }
            if configuration.readsSignals {
                plan.streams.append(configuration.keys.signals(partition))
                plan.after.append(one.readSignal)
            }
        }
        return plan
    }

    /// Entries of a stream have been read, after this id. Returns the worker to wake.
    ///
    /// What does not continue what was read before is dropped: it was asked for before the partition was lost and taken again, further back.
    /// So is what came when the lease may have been another's: who has it trims what both groups have done, and what is read after that has a hole.
    /// A reader that goes on behind such a hole does not do its successor's work again, which is harmless, but other work: it would not
    /// know of the membership changes in between, and signals would reach who was removed. The partition is lost with that.
    mutating func add(
        _ entries: [StreamEntry], of stream: String, after: MessageID, now: ContinuousClock.Instant
    ) -> CheckedContinuation<Void, Never>? {
        guard let newest = entries.last?.id else { return nil }
        for partition in held.keys {
            let isLog = stream == configuration.streamKey(partition)
            guard isLog || configuration.readsSignals && stream == configuration.keys.signals(partition) else {
                continue
            }
            guard let end = held[partition]?.validUntil, now < end else { return lose(partition) }
            if isLog {
                guard held[partition]?.read == after else { return nil }
                held[partition]?.read = newest
                held[partition]?.entries += entries
                held[partition]?.weight += entries.reduce(0) { $0 + $1.fields.size }
            } else {
                held[partition]?.readSignal = newest
                // Signals are worth nothing later: when the handler does not keep up, the new ones are dropped.
                if (held[partition]?.signals.count ?? 0) < Self.signalLimit { held[partition]?.signals += entries }
            }
            defer { held[partition]?.worker = nil }
            return held[partition]?.worker
        }
        return nil
    }

    /// What a worker finds when it looks.
    enum Next {
        case batch(PartitionBatch, from: MessageID, term: Int64)
        case wait
        case end
    }

    /// The next batch of a partition for its worker.
    mutating func next(_ partition: Int) -> Next {
        guard var one = held[partition], !one.isLost else { return .end }
        guard !one.entries.isEmpty || !one.signals.isEmpty else { return .wait }
        let (count, weight) = take(one.entries)
        let batch = PartitionBatch(
            partition: partition, entries: Array(one.entries.prefix(count)), signals: one.signals,
            timeline: one.timeline)
        let from = one.position
        one.entries.removeFirst(count)
        one.weight -= weight
        one.signals = []
        if let last = batch.entries.last { one.position = last.id }
        held[partition] = one
        return .batch(batch, from: from, term: one.term)
    }

    /// How many of these a batch has room for, and what they weigh.
    private func take(_ entries: [StreamEntry]) -> (count: Int, weight: Int) {
        var (count, weight) = (0, 0)
        for entry in entries.prefix(configuration.batch) {
            let size = entry.fields.size
            guard count == 0 || weight + size <= configuration.batchBytes else { break }
            (count, weight) = (count + 1, weight + size)
        }
        return (count, weight)
    }

    /// The worker of a partition sleeps until something comes. Returns it at once if something has come meanwhile.
    mutating func sleep(_ partition: Int, _ worker: CheckedContinuation<Void, Never>) -> CheckedContinuation<
        Void, Never
    >? {
        guard let one = held[partition], !one.isLost, one.entries.isEmpty, one.signals.isEmpty else { return worker }
        held[partition]?.worker = worker
        return nil
    }
}
