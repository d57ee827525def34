public import Logging
public import ServiceLifecycle
internal import Synchronization

/// A connection to Redis on a thread of its own, with opportunistic pipelining.
///
/// The thread takes all commands that wait, writes them in one go, and then reads all their replies; what comes meanwhile makes the
/// next round. So a lone command is sent at once, and a thousand cost a few system calls. Commands are executed in the order in which they
/// were sent. It connects when ``run()`` starts; commands sent before wait. A broken link is made again with a jittered
/// back-off; meanwhile commands fail with `disconnected` at once, so that callers can say so instead of piling up.
///
/// Not for blocking commands: those hold the link, see ``StreamTail`` and ``PartitionConsumer``.
public final class RedisConnection: Service, Sendable {
    private let configuration: RedisConfiguration
    private let name: String
    private let logger: Logger
    private let queue: CommandQueue
    private let connected = Atomic(false)
    private let scripts: [RedisScript]

    /// A connection that does nothing until ``run()``. `name` is seen in CLIENT LIST.
    public init(_ configuration: RedisConfiguration, name: String, logger: Logger) {
        self.configuration = configuration
        self.name = name
        self.logger = logger
        queue = CommandQueue(limit: configuration.queueLimit, byteLimit: configuration.queueByteLimit)
        scripts = RedisScript.all
    }

    /// Whether there is a link to Redis now.
    public var isConnected: Bool { connected.load(ordering: .relaxed) }

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
    public func send(
        _ batch: [RedisCommand], _ completion: @escaping @Sendable ([Result<RedisValue, RedisError>]) -> Void
    ) {
        guard !batch.isEmpty else {
            completion([])
            return
        }
        if let refusal = queue.append(.init(commands: batch, completion: completion)) {
            completion(Array(repeating: .failure(refusal), count: batch.count))
        }
    }

    /// Sends a command and waits for its reply. The wait is bounded by the connect and reply time-outs.
    public func execute(_ command: RedisCommand) async throws(RedisError) -> RedisValue {
        try await execute([command])[0].get()
    }

    /// Sends several commands as one unit, see ``send(_:_:)-(_,([_])->_)``, and waits for the replies.
    public func execute(_ batch: [RedisCommand]) async -> [Result<RedisValue, RedisError>] {
        await withCheckedContinuation { continuation in
            send(batch) { continuation.resume(returning: $0) }
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
        while queue.isOpen {
            do {
                let link = try HiredisLink.connect(configuration, name: name, scripts: scripts)
                backoff.reset()
                _ = queue.refuse(nil)
                connected.store(true, ordering: .relaxed)
                logger.info("connected to Redis", metadata: ["redis": "\(configuration.endpoint)"])
                try serve(link)
            } catch {
                connected.store(false, ordering: .relaxed)
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
        while true {
            switch queue.take(waitingAtMost: .seconds(1)) {
            case .end: return
            case .nothing:
                if link.isStale { throw RedisError(.disconnected, "Redis closed the link") }
            case .units(let units):
                try execute(units, on: link)
            }
        }
    }

    private func execute(_ units: [CommandQueue.Unit], on link: borrowing HiredisLink) throws(RedisError) {
        var unanswered = units.startIndex
        var results: [Result<RedisValue, RedisError>] = []
        do throws(RedisError) {
            if link.isStale { throw RedisError(.disconnected, "Redis closed the link") }
            for unit in units {
                for command in unit.commands { try link.append(command) }
            }
            var forgotten: [(unit: Int, results: [Result<RedisValue, RedisError>])] = []
            while unanswered < units.endIndex {
                let unit = units[unanswered]
                results.reserveCapacity(unit.commands.count)
                var lacksScript = false
                while results.count < unit.commands.count {
                    let result = try link.reply()
                    if case .failure(let error) = result, error.code == .server("NOSCRIPT") { lacksScript = true }
                    results.append(result)
                }
                if lacksScript {
                    forgotten.append((unanswered, results))
                } else {
                    unit.completion(results)
                }
                results = []
                unanswered += 1
            }
            try repeatForgotten(forgotten, of: units, on: link)
        } catch {
            while unanswered < units.endIndex {
                units[unanswered].fail(from: results.count, results, error)
                results = []
                unanswered += 1
            }
            throw error
        }
    }

    /// Calls once more what failed because Redis had forgotten the scripts (SCRIPT FLUSH), in the order it was sent.
    private func repeatForgotten(
        _ forgotten: [(unit: Int, results: [Result<RedisValue, RedisError>])], of units: [CommandQueue.Unit],
        on link: borrowing HiredisLink
    ) throws(RedisError) {
        guard !forgotten.isEmpty else { return }
        logger.notice("Redis had forgotten the scripts: loading them again")
        var place = forgotten.startIndex
        do throws(RedisError) {
            for script in scripts { try link.load(script) }
            while place < forgotten.endIndex {
                var (index, results) = forgotten[place]
                for command in units[index].commands.indices {
                    guard case .failure(let error) = results[command], error.code == .server("NOSCRIPT") else {
                        continue
                    }
                    try link.append(units[index].commands[command])
                    results[command] = try link.reply()
                }
                units[index].completion(results)
                place += 1
            }
        } catch {
            for (index, results) in forgotten[place...] { units[index].completion(results) }
            throw error
        }
    }
}

extension CommandQueue.Unit {
    /// Completes the unit with the results it has, and `error` for the rest.
    func fail(from count: Int, _ results: [Result<RedisValue, RedisError>], _ error: RedisError) {
        completion(results + Array(repeating: .failure(error), count: commands.count - count))
    }
}
