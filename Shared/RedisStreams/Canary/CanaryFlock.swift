public import Messaging
internal import Synchronization

/// The canaries of one process: sends them through the log, and knows how old the newest proof is that they come back.
///
/// Whoever has one calls ``send(to:share:now:)`` a few times a second, ``returned(partition:life:number:now:)`` or ``returned(partition:through:now:)`` for
/// what comes back, and tells what ``failure(now:)`` says.
public final class CanaryFlock: Sendable {
    private let redis: RedisConnection
    private let keys: Keys
    private let origin: Canary.Origin
    private let name: String
    private let life: String
    private let logLimit: Int
    private let machine: Mutex<CanaryStateMachine>

    /// A flock that has sent nothing yet.
    /// - Parameters:
    ///   - redis: the connection that messages of this process take too.
    ///   - name: the edge's id, or any identifier.
    ///   - interval: between two rounds.
    ///   - limit: how old the newest proof may be.
    ///   - logLimit: entries of a partition from which on it is full, and a canary no more taken than a message.
    public init(
        redis: RedisConnection, keys: Keys, origin: Canary.Origin, name: String, interval: Duration, limit: Duration,
        logLimit: Int
    ) {
        self.redis = redis
        self.keys = keys
        self.origin = origin
        self.name = name
        self.logLimit = logLimit
        life = String(UInt64.random(in: .min ... .max), radix: 36)
        machine = Mutex(
            CanaryStateMachine(interval: interval, limit: limit, cursor: .random(in: 0..<16_384), now: .now))
    }

    /// Whether all canaries sent are back.
    public var isSettled: Bool { machine.withLock { $0.isSettled } }

    /// How long ago the newest round was sent from which, and from all before it, all are back.
    public func age(now: ContinuousClock.Instant = .now) -> Duration { machine.withLock { $0.age(now: now) } }

    /// What is wrong; nil when there is a proof that is not too old.
    public func failure(now: ContinuousClock.Instant = .now) -> CanaryFailure? {
        machine.withLock { $0.failure(now: now) }
    }

    /// Sends the canaries that are due, and returns how many that were. Does not wait for anything.
    /// - Parameters:
    ///   - partitions: those that are asked at all; what is still on its way through another is forgotten.
    ///   - share: how many of them a round asks; the next round asks the next ones.
    @discardableResult
    public func send(to partitions: Set<Int>, share: Int, now: ContinuousClock.Instant = .now) -> Int {
        let due = machine.withLock { $0.due(now: now, partitions: partitions, share: share) }
        guard !due.isEmpty else { return 0 }
        let commands = due.map { due in
            PublishScript.command(
                keys: keys, partition: due.partition,
                entry: Canary(origin: origin, name: name, life: life, number: due.number).entry, deduplication: .none,
                limit: logLimit)
        }
        redis.send(commands) { [self] results in
            for (due, result) in zip(due, results) { settle(due, result) }
        }
        return due.count
    }

    private func settle(_ due: CanaryStateMachine.Due, _ result: Result<RedisValue, RedisError>) {
        do throws(RedisError) {
            switch try PublishScript.reply(result.get()) {
            case .accepted(let id), .duplicate(let id): machine.withLock { $0.taken(due, id: id) }
            case .busy, .outdated:
                machine.withLock {
                    $0.refused(due, reason: "the log is full until message-router and history catch up", now: .now)
                }
            }
        } catch {
            machine.withLock { $0.refused(due, reason: "redis: \(error)", now: .now) }
        }
    }

    /// A canary is back. Returns how long it was on its way; nil when it is not waited for.
    @discardableResult
    public func returned(
        partition: Int, life: String, number: UInt64, now: ContinuousClock.Instant = .now
    ) -> Duration? {
        guard life == self.life else { return nil }
        return machine.withLock { $0.returned(partition: partition, number: number, now: now) }
    }

    /// All canaries of a partition up to this id are back. Returns how long the last of them was on its way; nil when none was waited for.
    @discardableResult
    public func returned(
        partition: Int, through id: MessageID, now: ContinuousClock.Instant = .now
    ) -> Duration? {
        machine.withLock { $0.returned(partition: partition, through: id, now: now) }
    }
}
