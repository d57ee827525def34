import Messaging
import RedisStreams
import Synchronization

/// How far the log goes and how far it is in the database, partition by partition, as Redis says.
///
/// Both only grow, so what a look says stays true. One look serves all who asked before it began, and the next begins two milliseconds later at the
/// earliest: however many ask, that is a few percent of what Redis can do, and whoever asks alone waits for nobody.
final class IngestHorizon: Sendable {
    /// A partition of the log at a look.
    struct Progress: Hashable, Sendable {
        /// Up to here it is in the database.
        var position: MessageID?
        /// Its last entry; nil when it has none.
        var last: MessageID?
    }

    /// How things were at a moment.
    struct Look: Sendable {
        /// By Redis' clock, in milliseconds, before the rest was read.
        var now: Int64
        var partitions: [Progress]
    }

    /// How soon one look follows another.
    private static let pace = Duration.milliseconds(2)
    /// How often it is looked again by those who wait for something to be stored.
    private static let patience = Duration.milliseconds(10)
    /// How many may wait for the log to be stored, at most; others are told at once how far it is.
    private static let waitersAllowed = 1000

    private struct State {
        var last: (result: Result<Look, RedisError>, begun: ContinuousClock.Instant)?
        var isLooking = false
    }

    private let redis: RedisConnection
    private let keys: Keys
    private let partitions: Int
    private let group: String
    private let state = Mutex(State())
    private let waiters = Atomic(0)

    init(redis: RedisConnection, keys: Keys, partitions: Int, group: String) {
        self.redis = redis
        self.keys = keys
        self.partitions = partitions
        self.group = group
    }

    /// The newest look, however old; nil before the first and where that failed.
    var latest: Look? { state.withLock { try? $0.last?.result.get() } }

    /// A look that began now or later.
    func look() async throws -> Look {
        let asked = ContinuousClock.now
        while true {
            enum Step {
                case take(Result<Look, RedisError>)
                case look
                case wait(Duration)
            }
            let step: Step = state.withLock { state in
                if let last = state.last, last.begun >= asked { return .take(last.result) }
                if state.isLooking { return .wait(.milliseconds(1)) }
                if let last = state.last {
                    let rest = last.begun + Self.pace - .now
                    if rest > .zero { return .wait(rest) }
                }
                state.isLooking = true
                return .look
            }
            switch step {
            case .take(let result): return try result.get()
            case .look: return try await lookNow().get()
            case .wait(let rest): try await Task.sleep(for: rest)
            }
        }
    }

    /// Looks again and again until `condition` holds, at most for `limit`: the last look, whether it holds or not.
    func look(within limit: Duration, until condition: (Look) -> Bool) async throws -> Look {
        let end = ContinuousClock.now + limit
        var look = try await look()
        guard !condition(look) else { return look }
        let isAllowed = waiters.add(1, ordering: .relaxed).newValue <= Self.waitersAllowed
        defer { waiters.subtract(1, ordering: .relaxed) }
        while isAllowed, !condition(look), ContinuousClock.now < end {
            try await Task.sleep(for: Self.patience)
            look = try await self.look()
        }
        return look
    }

    /// The end of one partition's log, and whether it is stored.
    func tail(of partition: Int) async -> LogTail {
        do throws(RedisError) {
            // The position first: see below.
            let replies = await redis.execute([
                RedisCommand("HGET", .text(keys.position(partition, group: group)), "id"),
                RedisCommand("XREVRANGE", .text(keys.log(partition)), "+", "-", "COUNT", "1"),
            ])
            let progress = Progress(
                position: Self.id(try replies[0].get()), last: Self.firstID(try replies[1].get()))
            let isStored = progress.last.map { (progress.position ?? .zero) >= $0 } ?? true
            return LogTail(
                partition: partition, last: StoredID(clamping: progress.last ?? .zero),
                state: isStored ? .stored : .unstored)
        } catch {
            return LogTail(partition: partition, last: .zero, state: .unknown(error))
        }
    }

    /// The same once it is stored, for which it is waited a while.
    func settled(_ tail: LogTail, within limit: Duration) async throws -> LogTail {
        var tail = tail
        let last = tail.last
        let look = try await look(within: limit) { $0.stored(tail.partition) >= last }
        tail.state = look.stored(tail.partition) >= last ? .stored : .late
        return tail
    }

    private func lookNow() async -> Result<Look, RedisError> {
        let begun = ContinuousClock.now
        let result: Result<Look, RedisError>
        do throws(RedisError) {
            result = .success(try await ask())
        } catch {
            result = .failure(error)
        }
        state.withLock { state in
            state.last = (result, begun)
            state.isLooking = false
        }
        return result
    }

    private func ask() async throws(RedisError) -> Look {
        // The time first: what is appended after the look at a log has an id of that time at least. Then each position before its log's end,
        // so that one that is at the end was there when the time was read, or later.
        var commands = [TimeQuery.command]
        for partition in 0..<partitions {
            commands.append(RedisCommand("HGET", .text(keys.position(partition, group: group)), "id"))
            commands.append(RedisCommand("XREVRANGE", .text(keys.log(partition)), "+", "-", "COUNT", "1"))
        }
        var replies: [RedisValue] = []
        for result in await redis.execute(commands) { replies.append(try result.get()) }
        return Look(
            now: try TimeQuery.milliseconds(replies[0]),
            partitions: (0..<partitions).map { partition in
                Progress(
                    position: Self.id(replies[1 + partition * 2]), last: Self.firstID(replies[2 + partition * 2]))
            })
    }

    private static func id(_ value: RedisValue) -> MessageID? { value.string.flatMap { MessageID($0) } }

    private static func firstID(_ value: RedisValue) -> MessageID? {
        value.array?.first?.array?.first.flatMap(id)
    }
}

extension IngestHorizon.Look {
    /// Up to here a partition is stored: a position that is at its log's end is as good as the present, since what comes now has a later id.
    func stored(_ partition: Int) -> StoredID {
        let present = StoredID(ms: now - 1, seq: .max)
        let progress = partitions[partition]
        guard let last = progress.last else { return present }
        let position = progress.position ?? .zero
        return position < last ? StoredID(clamping: position) : max(present, StoredID(clamping: last))
    }

    /// Up to here everything that was ever accepted is stored: the least of all partitions.
    var stored: StoredID {
        partitions.indices.map(stored).min() ?? StoredID(ms: now - 1, seq: .max)
    }

    /// How long ago that is, in milliseconds.
    var behind: Int64 { max(0, now - stored.ms) }

    /// The newest entry of all.
    var newest: StoredID { partitions.compactMap(\.last).max().map(StoredID.init(clamping:)) ?? .zero }

    /// Where the positions are.
    var positions: LogPositions {
        var positions = LogPositions()
        for (partition, progress) in partitions.enumerated() {
            if let position = progress.position { positions.raise(partition, to: StoredID(clamping: position)) }
        }
        return positions
    }
}
