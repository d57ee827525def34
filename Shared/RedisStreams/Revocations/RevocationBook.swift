internal import FoundationEssentials
public import Messaging
public import ServiceLifecycle
internal import Synchronization

/// Whose tokens are refused, and from when on they hold again, as this process knows it: follows the notes of ``NoteRevocationScript``, once a second.
///
/// For services that are asked over REST and would not have every request wait for Redis. So a token that was revoked may still hold for about a second; for
/// as long as Redis cannot be reached, what was known before goes on to count.
public final class RevocationBook: Service, Sendable {
    /// The token was issued before its user's sessions were ended.
    public struct Revoked: Error, Hashable, Sendable, CustomStringConvertible {
        public var description: String {
            "the token was issued before an operator ended this user's sessions: get a new one"
        }
    }

    private struct State {
        /// User → tokens issued before this (ms) are refused.
        var times: [String: Int64] = [:]
        /// Up to here the notes have been read.
        var read: Int64 = 0
        /// Where they were read.
        var timeline = ""
        var isComplete = false
    }

    private static let page = 1000

    private let state = Mutex(State())
    private let redis: RedisConnection
    private let keys: Keys
    private let lifetimeLimit: Duration
    private let interval: Duration
    private let onReading: @Sendable (RedisError?) -> Void

    /// A book that knows nothing until it runs.
    /// - Parameters:
    ///   - lifetimeLimit: how long a token may live.
    ///   - onReading: told after each reading, with why it failed if it did.
    public init(
        redis: RedisConnection, keys: Keys, lifetimeLimit: Duration, interval: Duration = .seconds(1),
        onReading: @escaping @Sendable (RedisError?) -> Void = { _ in }
    ) {
        self.redis = redis
        self.keys = keys
        self.lifetimeLimit = lifetimeLimit
        self.interval = interval
        self.onReading = onReading
    }

    /// How many users it has a note of.
    public var count: Int { state.withLock { $0.times.count } }

    /// Passes a token issued at this time (ms).
    /// - Throws: ``Revoked`` when it is refused, ``RedisError`` `disconnected` when that cannot be told yet because the notes were never read.
    public func check(_ user: String, issuedAt: Int64) throws {
        let (isComplete, before) = state.withLock { ($0.isComplete, $0.times[user]) }
        guard isComplete else {
            throw RedisError(.disconnected, "it has not been read yet which tokens are revoked")
        }
        if let before, issuedAt < before { throw Revoked() }
    }

    /// Follows the notes until graceful shutdown.
    public func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                do throws(RedisError) {
                    try await read()
                    onReading(nil)
                } catch {
                    onReading(error)
                }
                // The first reading is waited for by whoever starts.
                let pause = state.withLock { $0.isComplete } ? interval : min(interval, .milliseconds(50))
                try? await Task.sleep(for: pause)
            }
        }
    }

    /// Reads what was noted since.
    public func read() async throws(RedisError) {
        let timeline = redis.timeline
        var after = state.withLock { state in
            // After a failover the latest notes may be gone, and new ones have times that were passed: what is known stays, and all is read again.
            if state.timeline != timeline { state.read = 0 }
            return state.read
        }
        while true {
            let notes = try await page(after: after)
            after = notes.last?.time ?? after
            state.withLock { state in
                for note in notes { state.times[note.user] = max(state.times[note.user] ?? 0, note.time) }
                state.read = after
            }
            guard notes.count == Self.page else { break }
        }
        let oldest = Int64(Date().timeIntervalSince1970 * 1000) - lifetimeLimit.inMilliseconds - 3_600_000
        state.withLock { state in
            state.timeline = timeline
            state.isComplete = true
            if state.times.contains(where: { $0.value < oldest }) {
                state.times = state.times.filter { $0.value >= oldest }
            }
        }
    }

    private func page(after time: Int64) async throws(RedisError) -> [(user: String, time: Int64)] {
        let reply = try await redis.execute(
            RedisCommand(
                "ZRANGEBYSCORE", .text(keys.revocations), .text("(\(time)"), "+inf", "WITHSCORES", "LIMIT", 0,
                .integer(Int64(Self.page))))
        let parts = try reply.elements("ZRANGEBYSCORE revocations", atLeast: 0)
        var notes: [(user: String, time: Int64)] = []
        for place in stride(from: 0, to: parts.count - 1, by: 2) {
            guard let user = parts[place].string, let time = parts[place + 1].string.flatMap(Double.init) else {
                throw .unexpectedReply("ZRANGEBYSCORE revocations")
            }
            notes.append((user, Int64(time)))
        }
        return notes
    }
}
