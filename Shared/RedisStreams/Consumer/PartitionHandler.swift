/// Entries of one partition, in order.
public struct PartitionBatch: Sendable {
    public var partition: Int
    /// Entries of the stream, oldest first.
    public var entries: [StreamEntry]
    /// Signals that came meanwhile; they come once, and are gone if they are not handled.
    public var signals: [StreamEntry]
    /// The timeline of Redis that they are of. What is written to Redis for them must be written on this one (`execute(_:on:)`): on another one, what was
    /// written before may be gone, and the entries come again from further back. nil for any.
    public var timeline: String?

    /// A batch of its parts.
    public init(partition: Int, entries: [StreamEntry], signals: [StreamEntry] = [], timeline: String? = nil) {
        self.timeline = timeline
        self.partition = partition
        self.entries = entries
        self.signals = signals
    }
}

/// What a service does with the entries of the partitions it holds the lease of.
public protocol PartitionHandler: Sendable {
    /// The lease on a partition has been taken: forget what was cached for it. No batch of it is under way.
    func acquired(_ partition: Int) async
    /// The lease is gone. No batch of it comes any more.
    func lost(_ partition: Int) async
    /// Does the work of a batch. Batches of one partition come one after the other, in order; different partitions at the same time.
    /// When it returns, the effect is there and the position is committed. When it throws, the same entries come again, maybe to another instance: so
    /// it must be harmless to do the work twice. An outage (``OutageError``) is waited out for as long as it takes; after any other error the batch comes in halves and
    /// then in single entries, and the entry that is refused ``Patience/tries`` times is put aside as a dead letter.
    func handle(_ batch: PartitionBatch) async throws
}
