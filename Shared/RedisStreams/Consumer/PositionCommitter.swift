internal import Logging
internal import Messaging
internal import Synchronization

/// Commits the positions that the workers have reached: at once for a partition that is let go, else all of them together every 50 ms.
///
/// A commit after each batch would be one script for each message of a quiet stream, the dearest thing in its whole way. What a crash
/// leaves uncommitted is done again by the successor, which is harmless; the pause only bounds how much that is.
final class PositionCommitter: Sendable {
    static let interval = Duration.milliseconds(50)

    /// How far a worker has come since the last commit of its partition.
    struct Reached: Equatable {
        var term: Int64
        /// The timeline of Redis on which the effects are.
        var timeline: String?
        /// The position before.
        var from: MessageID
        var to: MessageID
        /// Entries between them.
        var count: Int
    }

    private let configuration: ConsumerConfiguration
    private let commands: RedisConnection
    private let logger: Logger
    private let reached = Mutex<[Int: Reached]>([:])
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    init(_ configuration: ConsumerConfiguration, commands: RedisConnection, logger: Logger) {
        self.configuration = configuration
        self.commands = commands
        self.logger = logger
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The effect of a batch is done: its position is committed within ``interval``.
    func reach(_ partition: Int, _ step: Reached) {
        let isFirst = reached.withLock { reached in
            defer { Self.add(step, to: &reached[partition]) }
            return reached.isEmpty
        }
        if isFirst { wake.yield() }
    }

    /// Joins a step to those before it. One of another term or timeline starts anew: what the old term left was committed when it ended.
    static func add(_ step: Reached, to whole: inout Reached?) {
        guard var sum = whole, sum.term == step.term, sum.timeline == step.timeline else { return whole = step }
        sum.to = step.to
        sum.count += step.count
        whole = sum
    }

    /// Commits what a partition has reached, now: what is sent on the same link afterwards comes after it.
    func commit(_ partition: Int) {
        guard let step = reached.withLock({ $0.removeValue(forKey: partition) }) else { return }
        send([(partition, step)]) { _, _ in }
    }

    /// Commits until ``finish()``. `onFenced` is told of a partition and a term when the lease has gone to another.
    func run(onFenced: @escaping @Sendable (Int, Int64) -> Void) async {
        for await _ in wakes {
            try? await Task.sleep(for: Self.interval)
            let all = reached.withLock { reached in
                defer { reached = [:] }
                return reached
            }
            send(all.map { ($0.key, $0.value) }, onFenced)
        }
    }

    /// Ends ``run()``. Whoever has reached something since has committed it by ``commit(_:)``.
    func finish() { wake.finish() }

    private func send(
        _ steps: [(partition: Int, reached: Reached)], _ onFenced: @escaping @Sendable (Int, Int64) -> Void
    ) {
        guard !steps.isEmpty else { return }
        let scripts = steps.map { partition, reached in
            CommitPositionScript.command(
                configuration, partition: partition, term: reached.term, from: reached.from, to: reached.to,
                count: reached.count)
        }
        for (timeline, places) in Dictionary(grouping: steps.indices, by: { steps[$0].reached.timeline }) {
            commands.send(places.map { scripts[$0] }, on: timeline) { [self] results in
                for (place, result) in zip(places, results) where isFenced(steps[place].partition, result) {
                    onFenced(steps[place].partition, steps[place].reached.term)
                }
            }
        }
    }

    private func isFenced(_ partition: Int, _ result: Result<RedisValue, RedisError>) -> Bool {
        do throws(RedisError) {
            guard try CommitPositionScript.reply(result.get()) == .fenced else { return false }
            logger.notice("the lease is another's now", metadata: ["partition": "\(partition)"])
            return true
        } catch {
            // The next commit covers this one; and if there is none, the entries come again, which is harmless.
            logger.warning("cannot commit a position", metadata: ["partition": "\(partition)", "reason": "\(error)"])
            return false
        }
    }
}
