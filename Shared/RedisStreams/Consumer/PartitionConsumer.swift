public import Logging
public import Messaging
public import ServiceLifecycle
internal import Synchronization

/// Reads the partitions that this instance holds the lease of, in order, and commits positions after the effect.
///
/// One thread reads all partitions held with one blocking XREAD; a worker for each partition hands batches to the handler, one after the other,
/// and commits. A loop renews the leases and shares the partitions out over the live instances of the group. An instance that was paused and still
/// believes it owns a partition does the same work as its successor, which handlers must bear; its commits are refused, and with that it learns.
public final class PartitionConsumer: Service, Sendable {
    let configuration: ConsumerConfiguration
    let commands: RedisConnection
    let handler: any PartitionHandler
    let logger: Logger
    let backlog: Mutex<PartitionBacklog>
    private let deadLetters: DeadLetters
    let isStopping = Atomic(false)
    private let redis: RedisConfiguration
    private let committer: PositionCommitter

    /// A consumer that does nothing until ``run()``. `commands` is for leases and commits; reading has a link of its own. What the handler refuses for good goes to
    /// `deadLetters`, by default those of the group.
    public init(
        _ configuration: ConsumerConfiguration, redis: RedisConfiguration, commands: RedisConnection,
        handler: any PartitionHandler, deadLetters: DeadLetters? = nil, logger: Logger
    ) {
        self.deadLetters =
            deadLetters
            ?? DeadLetters(
                group: configuration.group, stream: configuration.stream, redis: commands, keys: configuration.keys,
                logger: logger)
        self.configuration = configuration
        self.redis = redis
        self.commands = commands
        self.handler = handler
        self.logger = logger
        backlog = Mutex(PartitionBacklog(configuration))
        committer = PositionCommitter(configuration, commands: commands, logger: logger)
    }

    /// How a partition held by this instance stands.
    public struct Status: Sendable {
        public var partition: Int
        public var term: Int64
        /// The last entry handed to the handler, or committed.
        public var position: MessageID
        /// Entries of the stream behind the committed position, as of the last renewal.
        public var lag: Int64
        /// Entries of the stream in all, as of the last renewal: those not trimmed yet included.
        public var length: Int64
        /// Entries read that wait for the handler.
        public var waiting: Int
        /// Dead letters of the partition, as of the last renewal.
        public var deadLetters: Int64
    }

    /// The partitions held now.
    public var status: [Status] {
        backlog.withLock { backlog in
            backlog.held.filter { !$0.value.isLost }.sorted { $0.key < $1.key }.map { partition, held in
                Status(
                    partition: partition, term: held.term, position: held.position, lag: held.lag, length: held.length,
                    waiting: held.entries.count, deadLetters: held.deadLetters)
            }
        }
    }

    /// Reads until graceful shutdown or cancellation; then finishes the batches under way, commits, and gives the leases back.
    public func run() async throws {
        let (taken, begin) = AsyncStream.makeStream(of: Int.self)
        await withDiscardingTaskGroup { group in
            group.addTask { [self] in
                await onThread(named: "redis read \(configuration.group)") { [self] in read() }
            }
            group.addTask { [self] in
                await committer.run { [self] partition, term in
                    backlog.withLock { $0.lose(partition, term: term) }?.resume()
                }
            }
            group.addTask { [self] in
                await keepLeases(begin)
                stopAll()
                begin.finish()
            }
            await withDiscardingTaskGroup { workers in
                for await partition in taken {
                    workers.addTask { [self] in await work(on: partition) }
                }
            }
            committer.finish()
            await leave()
        }
    }

    // MARK: Reading

    private func read() {
        var backoff = Backoff()
        var redis = redis
        // A cut without a word is noticed by that: the server answers within a second, or when the replicas have answered.
        redis.replyTimeout = .seconds(3) + redis.acceptTimeout
        while !isStopping.load(ordering: .relaxed) {
            do throws(RedisError) {
                let link = try HiredisLink.connect(redis, name: "\(configuration.group) read", scripts: [])
                try read(link, &backoff)
            } catch {
                logger.warning("cannot read from Redis", metadata: ["reason": "\(error)"])
                pauseThread(backoff.next())
            }
        }
    }

    private func read(_ link: borrowing HiredisLink, _ backoff: inout Backoff) throws(RedisError) {
        var strange = 0
        let count = configuration.readCount ?? configuration.batch
        while !isStopping.load(ordering: .relaxed) {
            let plan = backlog.withLock { $0.plan(on: link.timeline) }
            // Either this link or the other one still has to find the master.
            strange = plan.isElsewhere ? strange + 1 : 0
            if strange > 20 { throw RedisError(.disconnected, "partitions are held on another server than this reads") }
            guard !plan.streams.isEmpty else {
                pauseThread(.milliseconds(plan.isPartial ? 5 : 100))
                continue
            }
            let block: RedisArgument = plan.isPartial ? 10 : 1000
            let reply = try link.call(
                RedisCommand(
                    "XREAD",
                    ["COUNT", .integer(Int64(count)), "BLOCK", block, "STREAMS"]
                        + plan.streams.map { .text($0) } + plan.after.map(\.argument)))
            backoff.reset()
            if reply != .null { try waitForReplicas(link) }
            let after = Dictionary(uniqueKeysWithValues: zip(plan.streams, plan.after))
            let now = ContinuousClock.now
            var isBehind = false
            for (stream, entries) in try StreamEntry.streams(reply) {
                backlog.withLock { $0.add(entries, of: stream, after: after[stream] ?? .zero, now: now) }?.resume()
                isBehind = isBehind || entries.count >= count
            }
            if configuration.pace > .zero, !isBehind { pauseThread(configuration.pace) }
        }
    }

    /// Waits until what was read is on the replicas, if it has to be: what a failover could take away is not routed and not stored.
    private func waitForReplicas(_ link: borrowing HiredisLink) throws(RedisError) {
        guard redis.acceptReplicas > 0 else { return }
        let keys = configuration.keys
        // WAIT waits for what this link has written, so it writes something; after all that it has read, and what does not change anything.
        try link.append(
            RedisCommand("HSET", .text(keys.installation), "partitions", .integer(Int64(configuration.partitions))))
        try link.append(
            RedisCommand("WAIT", .integer(Int64(redis.acceptReplicas)), redis.acceptTimeout.argument))
        _ = try link.reply().get()
        guard try link.reply().get().int ?? 0 < redis.acceptReplicas else { return }
        throw RedisError(.server("NOREPLICAS"), "not enough replicas have what was read: it is read again")
    }

    // MARK: Working

    private func work(on partition: Int) async {
        await handler.acquired(partition)
        var patience = Patience()
        var isOurs = true
        while isOurs {
            switch backlog.withLock({ $0.next(partition) }) {
            case .end: isOurs = false
            case .wait:
                await withCheckedContinuation { worker in
                    backlog.withLock { $0.sleep(partition, worker) }?.resume()
                }
            case .batch(let batch, let from, let term):
                isOurs = await handle(batch, from: from, term: term, &patience)
            }
        }
        await handler.lost(partition)
        committer.commit(partition)
        if let held = backlog.withLock({ $0.held[partition] }) {
            // Fenced by the term: what another took over meanwhile stays the other's.
            _ = try? await commands.execute(
                ReleaseLeaseScript.command(configuration, partition: partition, term: held.term), on: held.timeline)
        }
        backlog.withLock { $0.forget(partition) }
    }

    /// Hands a batch to the handler until it is done, and has its position committed. Returns whether the worker goes on.
    private func handle(
        _ batch: PartitionBatch, from: MessageID, term: Int64, _ patience: inout Patience
    ) async -> Bool {
        var isolation = BatchIsolation(batch)
        var backoff = Backoff(base: .milliseconds(20), cap: configuration.longestPause)
        if !Idea.commitAfterEffect.isOn {
            reach(batch, from: from, term: term)
            committer.commit(batch.partition)
        }
        steps: while true {
            let pause: Duration
            do {
                switch isolation.step {
                case .finished: break steps
                case .handle(let piece): try await handler.handle(piece)
                case .putAside(let entry, let reason, let tries):
                    try await deadLetters.put(
                        [.init(id: entry.id, kind: .failed, reason: reason, tries: tries)], partition: batch.partition,
                        on: batch.timeline)
                }
                isolation.done()
                backoff.reset()
                continue
            } catch  where Self.isOutage(error) {
                logger.warning(
                    "a batch failed and comes again",
                    metadata: ["partition": "\(batch.partition)", "reason": "\(error)"])
                isolation.interrupted()
                pause = backoff.next()
            } catch {
                logger.notice(
                    "a batch is refused: looking for the entry at fault",
                    metadata: ["partition": "\(batch.partition)", "reason": "\(error)"])
                pause = isolation.refused(reason: "\(error)", patience: &patience, now: .now)
            }
            if pause > .zero { try? await Task.sleep(for: pause) }
            guard backlog.withLock({ $0.held[batch.partition]?.isLost }) == false else { return false }
        }
        if Idea.commitAfterEffect.isOn { reach(batch, from: from, term: term) }
        return true
    }

    private func reach(_ batch: PartitionBatch, from: MessageID, term: Int64) {
        guard let last = batch.entries.last else { return }
        committer.reach(
            batch.partition,
            .init(term: term, timeline: batch.timeline, from: from, to: last.id, count: batch.entries.count))
    }

    /// Whether the entries are not to blame. A handler that is being stopped is not, either.
    private static func isOutage(_ error: any Error) -> Bool {
        error is CancellationError || (error as? any OutageError)?.isOutage ?? false
    }
}
