public import Logging
internal import Messaging
public import ServiceLifecycle
internal import Synchronization

/// Follows some streams from their present ends, on a thread and a link of its own: how an edge reads what the router tells it.
///
/// One blocking XREAD waits for all of them; each has a position of its own. After a broken link each goes on from the last entry seen of it; what Redis
/// has cut off meanwhile is missed, and `onReconnect` says so. Order holds within a stream, not between two.
public final class StreamTail: Service, Sendable {
    private let configuration: RedisConfiguration
    private let keys: [String]
    private let name: String
    private let logger: Logger
    private let onEntries: @Sendable (_ stream: Int, [StreamEntry]) -> Void
    private let onReconnect: @Sendable () -> Void
    private let isStopping = Atomic(false)
    private let following = Atomic(false)

    /// A tail that reads nothing until ``run()``.
    /// - Parameters:
    ///   - keys: the streams, each once. Those of which much is to come should not all be in one tail: it has one thread.
    ///   - onEntries: gets at most 500 entries of one stream at a time, in order, on the tail's thread, with the stream's place among `keys`.
    ///   - onReconnect: the link had broken and is there again; entries of any of the streams may have been missed.
    public init(
        redis configuration: RedisConfiguration, keys: [String], name: String, logger: Logger,
        onEntries: @escaping @Sendable (_ stream: Int, [StreamEntry]) -> Void,
        onReconnect: @escaping @Sendable () -> Void
    ) {
        self.configuration = configuration
        self.keys = keys
        self.name = name
        self.logger = logger
        self.onEntries = onEntries
        self.onReconnect = onReconnect
    }

    /// Whether the streams are being followed now.
    public var isFollowing: Bool { following.load(ordering: .relaxed) }

    /// Follows the streams until graceful shutdown or cancellation, which it notices within a second.
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
        // Until the first link there is none; from then on one for each stream.
        var positions: [MessageID] = []
        var backoff = Backoff()
        var redis = configuration
        // A cut without a word is noticed by that: the server answers within a second.
        redis.replyTimeout = .seconds(3)
        while !isStopping.load(ordering: .relaxed) {
            do throws(RedisError) {
                let link = try HiredisLink.connect(redis, name: name, scripts: [])
                let ends = try ends(link)
                if positions.isEmpty {
                    positions = ends
                } else {
                    // Where Redis lost its last writes, what comes now may have ids before what was seen.
                    for (place, end) in ends.enumerated() { positions[place] = min(positions[place], end) }
                    onReconnect()
                }
                backoff.reset()
                following.store(true, ordering: .relaxed)
                try follow(link, from: &positions)
            } catch {
                following.store(false, ordering: .relaxed)
                let pause = backoff.next()
                logger.warning(
                    "cannot follow streams of Redis",
                    metadata: ["keys": "\(keys.joined(separator: " "))", "reason": "\(error)"])
                pauseThread(pause)
            }
        }
        following.store(false, ordering: .relaxed)
    }

    /// The last id of each stream, `0-0` of one that is empty.
    private func ends(_ link: borrowing HiredisLink) throws(RedisError) -> [MessageID] {
        var ends: [MessageID] = []
        for key in keys {
            let newest = try StreamEntry.entries(
                link.call(RedisCommand("XREVRANGE", .text(key), "+", "-", "COUNT", 1)))
            ends.append(newest.first?.id ?? .zero)
        }
        return ends
    }

    private func follow(_ link: borrowing HiredisLink, from positions: inout [MessageID]) throws(RedisError) {
        while !isStopping.load(ordering: .relaxed) {
            let reply = try link.call(
                RedisCommand(
                    "XREAD",
                    ["COUNT", 500, "BLOCK", 1000, "STREAMS"] + keys.map { .text($0) } + positions.map(\.argument)))
            for stream in try StreamEntry.streams(reply) {
                guard let newest = stream.entries.last, let place = keys.firstIndex(of: stream.key) else { continue }
                positions[place] = newest.id
                onEntries(place, stream.entries)
            }
        }
    }
}
