import Messaging
import RedisStreams
import Synchronization

/// Up to which id everything that was ever accepted is in the database: the least of all partitions.
///
/// A partition whose position is its log's last entry is stored up to the present; another up to its position. Both only grow, so an answer
/// stays true; it is kept for a moment, so that many requests cost one look at Redis.
final class IngestHorizon: Sendable {
    struct Horizon: Sendable {
        /// Everything up to this id is stored.
        var id: StoredID
        /// How long ago that is, in milliseconds.
        var behind: Int64
        /// Whether that is as good as the present. What is newer still is in the inboxes.
        var isPresent: Bool
    }

    /// How long an answer is used.
    private static let kept = Duration.milliseconds(50)
    /// How far behind counts as the present, in milliseconds.
    private static let slack: Int64 = 5000

    private let redis: RedisConnection
    private let keys: Keys
    private let partitions: Int
    private let group: String
    private let last = Mutex<(horizon: Horizon, at: ContinuousClock.Instant)?>(nil)

    init(redis: RedisConnection, keys: Keys, partitions: Int, group: String) {
        self.redis = redis
        self.keys = keys
        self.partitions = partitions
        self.group = group
    }

    func current() async throws(RedisError) -> Horizon {
        if let last = last.withLock({ $0 }), ContinuousClock.now < last.at + Self.kept { return last.horizon }
        let asked = ContinuousClock.now
        // The time first: what is appended after the look at a log has an id of that time at least.
        var commands = [RedisCommand("TIME")]
        for partition in 0..<partitions {
            commands.append(RedisCommand("HGET", .text(keys.position(partition, group: group)), "id"))
            commands.append(RedisCommand("XREVRANGE", .text(keys.log(partition)), "+", "-", "COUNT", "1"))
        }
        var replies: [RedisValue] = []
        for result in await redis.execute(commands) { replies.append(try result.get()) }
        guard let now = replies[0].array, now.count == 2, let seconds = now[0].int, let micros = now[1].int else {
            throw RedisError(.unexpectedReply, "TIME was not answered with a time")
        }
        let pairs = (0..<partitions).map { partition in
            (position: Self.id(replies[1 + partition * 2]), last: Self.firstID(replies[2 + partition * 2]))
        }
        let horizon = Self.horizon(now: seconds * 1000 + micros / 1000, partitions: pairs)
        last.withLock { $0 = (horizon, asked) }
        return horizon
    }

    /// The horizon from each partition's position and last entry; nil where there is none.
    static func horizon(now: Int64, partitions: [(position: MessageID?, last: MessageID?)]) -> Horizon {
        let present = StoredID(ms: now - 1, seq: .max)
        let reached = partitions.map { partition -> StoredID in
            guard let last = partition.last else { return present }
            let position = partition.position ?? .zero
            return position < last ? StoredID(clamping: position) : max(present, StoredID(clamping: last))
        }
        let id = reached.min() ?? present
        return Horizon(id: id, behind: max(0, now - id.ms), isPresent: id.ms >= now - slack)
    }

    private static func id(_ value: RedisValue) -> MessageID? { value.string.flatMap { MessageID($0) } }

    private static func firstID(_ value: RedisValue) -> MessageID? {
        value.array?.first?.array?.first.flatMap(id)
    }
}
