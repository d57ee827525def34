public import Logging
public import ServiceLifecycle
internal import Synchronization

/// A connection to Redis on a thread of its own, with opportunistic pipelining.
///
/// The thread takes all commands that wait, writes them in one go, and then reads all their replies; what comes meanwhile makes the
/// next round. So a lone command is sent at once, and a thousand cost a few system calls. Commands are executed in the order in which they
/// were sent. It connects when ``run()`` starts; commands sent before wait. A broken link is made again with a jittered
/// back-off; meanwhile commands fail with `disconnected` at once, so that callers can say so instead of piling up. The new link first has Redis close the
/// old one, so nothing that was sent over that is executed after what is sent over this. An idle link is tried every second, and a server that says it is no
/// master (any more), or is still loading, is left: with sentinels, for the present master.
///
/// Not for blocking commands: those hold the link, see ``StreamTail`` and ``PartitionConsumer``.
public final class RedisConnection: Service, Sendable {
    private let configuration: RedisConfiguration
    private let name: String
    private let logger: Logger
    private let queue: CommandQueue
    private let connected = Atomic(false)
    private let state = Mutex(State())
    private let scripts: [RedisScript]
    private let waitsForReplicas: Bool

    private struct State {
        var timeline = ""
        var trouble: (reason: RedisError, at: ContinuousClock.Instant)?
    }

    /// A connection that does nothing until ``run()``. `name` is seen in CLIENT LIST.
    ///
    /// - Parameter waitsForReplicas: Results come when `acceptReplicas` replicas have all that was executed so far; if they do not within `acceptTimeout`,
    ///   the results are failures `NOREPLICAS`, though the commands took effect on the master. All commands of a round share one WAIT, and the next round waits for it.
    public init(
        _ configuration: RedisConfiguration, name: String, logger: Logger, waitsForReplicas: Bool = false
    ) {
        var configuration = configuration
        self.waitsForReplicas = waitsForReplicas && configuration.acceptReplicas > 0
        if self.waitsForReplicas { configuration.replyTimeout += configuration.acceptTimeout }
        self.configuration = configuration
        self.name = name
        self.logger = logger
        queue = CommandQueue(limit: configuration.queueLimit, byteLimit: configuration.queueByteLimit)
        scripts = RedisScript.all
    }

    /// Whether there is a link to Redis now.
    public var isConnected: Bool { connected.load(ordering: .relaxed) }

    /// Which history of writes the server has that the link goes to, or went to last. It is another one after a restart of Redis and after another server
    /// became master: what was written and read before may be partly gone, and whoever goes on from there has to start over from what Redis holds.
    /// Empty before the first link, and where Redis does not tell.
    public var timeline: String { state.withLock { $0.timeline } }

    /// Why Redis does not do its work though it is there (no memory, no disk, no replicas, no master): what it answered last, within the last seconds.
    public var trouble: RedisError? {
        state.withLock { $0.trouble.flatMap { ContinuousClock.now - $0.at < Self.troubleMemory ? $0.reason : nil } }
    }

    private static let troubleMemory = Duration.seconds(5)
    private static let idleLimit = Duration.seconds(1)

    /// Where it connects to, for logs.
    public var endpoint: String { configuration.endpoint }

    /// Sends a command. `completion` runs on the connection's thread, or on the caller's when the command is refused: hop away at once.
    public func send(
        _ command: RedisCommand, _ completion: @escaping @Sendable (Result<RedisValue, RedisError>) -> Void
    ) {
        send([command]) { completion($0[0]) }
    }

    /// Sends several commands as one unit: they are executed in order on one link, with none of another unit between them that was
    /// sent later. If the link breaks, a suffix of the results is `disconnected` or `timedOut`; an error that Redis answers to one command concerns that one alone.
    /// - Parameter timeline: When the link's ``timeline`` is another one, nothing is executed and the results are `disconnected`; nil for any.
    public func send(
        _ batch: [RedisCommand], on timeline: String? = nil,
        _ completion: @escaping @Sendable ([Result<RedisValue, RedisError>]) -> Void
    ) {
        guard !batch.isEmpty else {
            completion([])
            return
        }
        if let refusal = queue.append(.init(commands: batch, timeline: timeline, completion: completion)) {
            completion(Array(repeating: .failure(refusal), count: batch.count))
        }
    }

    /// Sends a command and waits for its reply. The wait is bounded by the connect and reply time-outs.
    public func execute(_ command: RedisCommand, on timeline: String? = nil) async throws(RedisError) -> RedisValue {
        try await execute([command], on: timeline)[0].get()
    }

    /// Sends several commands as one unit, see ``send(_:on:_:)``, and waits for the replies.
    public func execute(
        _ batch: [RedisCommand], on timeline: String? = nil
    ) async -> [Result<RedisValue, RedisError>] {
        await withCheckedContinuation { continuation in
            send(batch, on: timeline) { continuation.resume(returning: $0) }
        }
    }

    /// Holds the connection until graceful shutdown or cancellation; what was sent before that is still executed.
    public func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask { [queue] in
                try? await gracefulShutdown()
                queue.close()
            }
            await onThread(named: "redis \(name)") { [self] in serve() }
            group.cancelAll()
        }
    }

    // MARK: The thread

    private func serve() {
        var backoff = Backoff()
        var broken: HiredisLink.Identity?
        while queue.isOpen {
            do {
                let link = try HiredisLink.connect(configuration, name: name, scripts: scripts, after: broken)
                broken = link.identity
                backoff.reset()
                state.withLock { $0.timeline = link.timeline }
                _ = queue.refuse(nil)
                connected.store(true, ordering: .relaxed)
                logger.info("connected to Redis", metadata: ["redis": "\(configuration.endpoint)"])
                try serve(link)
            } catch {
                connected.store(false, ordering: .relaxed)
                // Whatever Redis says against the link (too many clients, a wrong password) says nothing against the commands.
                let error = error.isOutage ? error : RedisError(.disconnected, error.description)
                for unit in queue.refuse(error) { unit.fail(from: 0, [], error) }
                let pause = backoff.next()
                logger.warning(
                    "no link to Redis", metadata: ["reason": "\(error)", "retry_in_ms": "\(pause.inMilliseconds)"])
                pauseThread(pause)
            }
        }
        connected.store(false, ordering: .relaxed)
        for unit in queue.refuse(RedisError(.disconnected, "the connection to Redis has been closed")) {
            unit.fail(from: 0, [], RedisError(.disconnected, "the connection to Redis has been closed"))
        }
    }

    /// Serves the queue on one link until it is closed; throws when the link breaks.
    private func serve(_ link: borrowing HiredisLink) throws(RedisError) {
        var checked = ContinuousClock.now
        while true {
            let taken = queue.take(waitingAtMost: Self.idleLimit)
            let isDue = ContinuousClock.now >= checked + Self.idleLimit
            if isDue { checked = .now }
            switch taken {
            case .end: return
            case .nothing:
                if link.isStale { throw RedisError(.disconnected, "Redis closed the link") }
                // So a link that was cut without a word is noticed before somebody needs it, and what Redis lacks before it is asked for something.
                try link.append(RedisCommand("PING"))
                if case .failure(let error) = try link.reply() { try heed(error) }
                try link.checkTimeline()
            case .units(let units):
                try execute(units, on: link, checks: isDue)
            }
        }
    }

    /// Notes an answer that says Redis cannot do its work. Throws when it is to be left.
    private func heed(_ error: RedisError) throws(RedisError) {
        guard error.isTrouble else { return }
        state.withLock { $0.trouble = (error, .now) }
        if error.callsForAnotherServer { throw error }
    }

    /// - Parameter checks: Whether the server is to be asked first which timeline it has. It is in any case when some unit is of another one: then
    ///   either the unit or this link is of the past, and a link to which nothing but such units comes would otherwise never notice that it is broken.
    private func execute(
        _ all: [CommandQueue.Unit], on link: borrowing HiredisLink, checks: Bool
    ) throws(RedisError) {
        var units: [CommandQueue.Unit] = []
        units.reserveCapacity(all.count)
        for unit in all {
            if unit.timeline == nil || unit.timeline == link.timeline {
                units.append(unit)
            } else {
                unit.fail(
                    from: 0, [], RedisError(.disconnected, "Redis was restarted, or another server is master now"))
            }
        }
        let checks = checks || units.count < all.count
        guard checks || !units.isEmpty else { return }
        let waitsForReplicas = waitsForReplicas && !units.isEmpty
        var round = Round(units, holdsResults: waitsForReplicas)
        var trouble: RedisError?
        do throws(RedisError) {
            if link.isStale { throw RedisError(.disconnected, "Redis closed the link") }
            if checks { try link.checkTimeline() }
            var groups = CallGroups()
            for unit in units {
                for command in unit.commands { try groups.append(command, to: link) }
            }
            try groups.close(link)
            if waitsForReplicas { try link.append(wait) }
            while let count = round.commandsOfNext {
                var results: [Result<RedisValue, RedisError>] = []
                results.reserveCapacity(count)
                do throws(RedisError) {
                    while results.count < count {
                        let result = try groups.reply(from: link)
                        if case .failure(let error) = result, error.isTrouble { trouble = error }
                        results.append(result)
                    }
                } catch {
                    round.broke(after: results, error)
                    throw error
                }
                round.answered(results)
            }
            var replicas = waitsForReplicas ? try link.reply() : nil
            if round.lacksScripts {
                logger.notice("Redis had forgotten the scripts: loading them again")
                for script in scripts { try link.load(script) }
                try round.repeatForgotten(on: link)
                if waitsForReplicas { replicas = .success(try link.call(wait)) }
            }
            round.complete(try lack(of: replicas))
        } catch {
            round.fail(error)
            throw error
        }
        if let trouble { try heed(trouble) }
    }

    // MARK: Replicas

    private var wait: RedisCommand {
        RedisCommand(
            "WAIT", .integer(Int64(configuration.acceptReplicas)), configuration.acceptTimeout.argument)
    }

    /// Why results do not count yet, from the reply to WAIT.
    private func lack(of replicas: Result<RedisValue, RedisError>?) throws(RedisError) -> RedisError? {
        guard let replicas else { return nil }
        let count = try replicas.get().int ?? 0
        guard count < configuration.acceptReplicas else { return nil }
        let error = RedisError(
            .server("NOREPLICAS"), "only \(count) of \(configuration.acceptReplicas) replicas of Redis have it so far")
        state.withLock { $0.trouble = (error, .now) }
        return error
    }
}

extension CommandQueue.Unit {
    /// Completes the unit with the results it has, and `error` for the rest.
    func fail(from count: Int, _ results: [Result<RedisValue, RedisError>], _ error: RedisError) {
        completion(results + Array(repeating: .failure(error), count: commands.count - count))
    }
}
