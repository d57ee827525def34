public import Logging
public import Messaging
public import ServiceLifecycle
internal import Synchronization

/// The ring as this process knows it, kept in memory: read at start and each second after. Whoever wants to know where a user belongs asks it, and not Redis.
///
/// ```swift
/// let view = book.view                       // once for a batch
/// view.owner(of: "alice")                    // where alice belongs
/// view.settledOwner(of: "alice", now: .now)  // nil: ask the register
/// ```
public final class RingBook: Service, Sendable {
    /// The ring as Redis has it, and Redis' clock in ms.
    public typealias Reading = (ring: Ring, now: Int64)

    private let latest = Mutex(RingView())
    private let read: @Sendable () async throws(RedisError) -> Reading
    private let interval: Duration
    private let logger: Logger

    /// A book that knows nothing until ``run()``, or until it is told by ``adopt(_:age:)``.
    /// - Parameter read: looks at the ring as it stands now; by default there is none.
    public init(
        interval: Duration = .seconds(1), logger: Logger,
        read: @escaping @Sendable () async throws(RedisError) -> Reading = { (.none, 0) }
    ) {
        self.interval = interval
        self.logger = logger
        self.read = read
    }

    /// A book of the ring that Redis has.
    public convenience init(redis: RedisConnection, keys: Keys, logger: Logger) {
        self.init(logger: logger) { () async throws(RedisError) in try await RingQuery.read(redis, keys: keys) }
    }

    /// The ring as it was at most a second ago, while Redis can be reached; as it was last otherwise.
    public var view: RingView { latest.withLock { $0 } }

    /// The edge that a user belongs on by that ring, alive or not; nil when there is none.
    public func owner(of user: String) -> String? { latest.withLock { $0.hash.owner(of: user) } }

    /// Takes a ring that has been seen.
    /// - Parameter age: how long ago it was written; by default so long that everybody has come to rest since.
    public func adopt(_ ring: Ring, age: Duration = RingView.settlingTime) {
        latest.withLock { $0 = $0.adopting(ring, age: age, now: .now) }
    }

    /// Reads the ring again and again until graceful shutdown or cancellation. While it cannot be read, what was read last holds.
    public func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                do throws(RedisError) {
                    let (ring, now) = try await read()
                    adopt(ring, age: .milliseconds(max(0, now - ring.changed)))
                } catch {
                    logger.debug("cannot read the ring", metadata: ["reason": "\(error)"])
                }
                try? await Task.sleep(for: interval)
            }
        }
    }
}
