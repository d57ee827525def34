public import Messaging

/// What a group of services reads, and how.
public struct ConsumerConfiguration: Sendable {
    /// Which stream of each partition.
    public enum Stream: Sendable {
        case log
        case sessionEvents

        func key(_ partition: Int, _ keys: Keys) -> String {
            switch self {
            case .log: keys.log(partition)
            case .sessionEvents: keys.sessionEvents(partition)
            }
        }
    }

    /// The group's name: `router`, `history`, `presence`. Instances of one group share the partitions.
    public var group: String
    /// This instance's name, unique in the group.
    public var instance: String
    public var partitions: Int
    public var keys: Keys
    public var stream: Stream
    /// The groups whose positions bound the trimming of the stream: nothing above the lowest is trimmed. Empty: nothing is trimmed.
    public var trimsWith: [String]
    /// Whether the partition's signals are read too, from the present on.
    public var readsSignals: Bool
    /// The most entries of one batch.
    public var batch: Int
    /// The most bytes of one batch, names of fields included, unless its first entry alone has more.
    public var batchBytes = 16 << 20
    /// The most entries of a partition in one read; a batch may be made of several. nil: as many as a batch has.
    public var readCount: Int?
    /// How many batches may wait for a partition's handler before its stream is left alone.
    public var batchesAhead = 4
    /// How long a lease lasts without renewal. It is renewed three times within.
    public var lease: Duration
    /// How long the reader pauses after a read that left nothing behind: fewer and larger reads at the price of latency.
    public var pace: Duration
    /// The longest pause before a batch comes again that an outage has kept from being handled.
    public var longestPause: Duration = .seconds(1)

    /// What a group reads.
    public init(
        group: String, instance: String, partitions: Int, keys: Keys, stream: Stream, trimsWith: [String],
        readsSignals: Bool = false, batch: Int = 500, lease: Duration = .seconds(6), pace: Duration = .zero
    ) {
        self.group = group
        self.instance = instance
        self.partitions = partitions
        self.keys = keys
        self.stream = stream
        self.trimsWith = trimsWith
        self.readsSignals = readsSignals
        self.batch = batch
        self.lease = lease
        self.pace = pace
    }

    func streamKey(_ partition: Int) -> String { stream.key(partition, keys) }
}
