public import Logging
internal import Messaging
public import ServiceLifecycle
internal import Synchronization

/// Follows one stream from its present end, on a thread and a link of its own: how an edge reads what the router tells it.
///
/// After a broken link it goes on from the last entry it has seen; what Redis has cut off meanwhile is missed, and `onReconnect` says so.
public final class StreamTail: Service, Sendable {
    private let configuration: RedisConfiguration
    private let key: String
    private let name: String
    private let logger: Logger
    private let onEntries: @Sendable ([StreamEntry]) -> Void
    private let onReconnect: @Sendable () -> Void
    private let isStopping = Atomic(false)
    private let following = Atomic(false)

    /// A tail that reads nothing until ``run()``.
    /// - Parameters:
    ///   - onEntries: gets at most 500 entries at a time, in order, on the tail's thread.
    ///   - onReconnect: the link had broken and is there again; entries may have been missed.
    public init(
        redis configuration: RedisConfiguration, key: String, name: String, logger: Logger,
        onEntries: @escaping @Sendable ([StreamEntry]) -> Void, onReconnect: @escaping @Sendable () -> Void
    ) {
        self.configuration = configuration
        self.key = key
        self.name = name
        self.logger = logger
        self.onEntries = onEntries
        self.onReconnect = onReconnect
    }

    /// Whether the stream is being followed now.
    public var isFollowing: Bool { following.load(ordering: .relaxed) }

    /// Follows the stream until graceful shutdown or cancellation, which it notices within a second.
    public func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask { [self] in
                try? await gracefulShutdown()
                isStopping.store(true, ordering: .relaxed)
            }
            await onThread(named: "tail \(name)") { [self] in follow() }
            group.cancelAll()
        }
    }

    private func follow() {
        var position: MessageID?
        var backoff = Backoff()
        var redis = configuration
        // A cut without a word is noticed by that: the server answers within a second.
        redis.replyTimeout = .seconds(3)
        while !isStopping.load(ordering: .relaxed) {
            do throws(RedisError) {
                let link = try HiredisLink.connect(redis, name: name, scripts: [])
                let last = try last(link)
                if let before = position {
                    // Where Redis lost its last writes, what comes now may have ids before what was seen.
                    position = min(before, last)
                    onReconnect()
                } else {
                    position = last
                }
                backoff.reset()
                following.store(true, ordering: .relaxed)
                try follow(link, from: &position)
            } catch {
                following.store(false, ordering: .relaxed)
                let pause = backoff.next()
                logger.warning("cannot follow a stream of Redis", metadata: ["key": "\(key)", "reason": "\(error)"])
                pauseThread(pause)
            }
        }
        following.store(false, ordering: .relaxed)
    }

    private func last(_ link: borrowing HiredisLink) throws(RedisError) -> MessageID {
        let newest = try StreamEntry.entries(link.call(RedisCommand("XREVRANGE", .text(key), "+", "-", "COUNT", 1)))
        return newest.first?.id ?? .zero
    }

    private func follow(_ link: borrowing HiredisLink, from position: inout MessageID?) throws(RedisError) {
        while !isStopping.load(ordering: .relaxed) {
            let after = position ?? .zero
            let reply = try link.call(
                RedisCommand("XREAD", "COUNT", 500, "BLOCK", 1000, "STREAMS", .text(key), after.argument))
            for stream in try StreamEntry.streams(reply) {
                guard let newest = stream.entries.last else { continue }
                position = newest.id
                onEntries(stream.entries)
            }
        }
    }
}
