import Messaging
import RedisStreams
import ServiceLifecycle
import ServiceRuntime
import Synchronization

/// The records of the live edges: read every second for those who ask over REST, and at once for those who decide by them.
///
/// Whether Redis can be reached is reported from here too.
final class EdgeBook: Service, Sendable {
    private let latest = Mutex<[String: EdgeRecord]>([:])
    private let redis: RedisConnection
    private let keys: Keys
    private let readiness: Readiness
    private let interval: Duration

    init(redis: RedisConnection, keys: Keys, readiness: Readiness, interval: Duration = .seconds(1)) {
        self.redis = redis
        self.keys = keys
        self.readiness = readiness
        self.interval = interval
        readiness.notReady("redis", "not connected yet")
    }

    /// Edge → record, at most a second or so old while Redis can be reached.
    var records: [String: EdgeRecord] { latest.withLock { $0 } }

    /// The incarnations alive now.
    func liveIncarnations() async throws(RedisError) -> Set<String> {
        Set(try await read().values.map(\.incarnation))
    }

    /// Edge → record, as it stands now.
    func read() async throws(RedisError) -> [String: EdgeRecord] {
        let records = try LiveEdges.reply(await redis.execute(LiveEdges.command(keys: keys)))
        latest.withLock { $0 = records }
        return records
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                do {
                    _ = try await read()
                    if let trouble = redis.trouble { throw trouble }
                    readiness.ready("redis")
                } catch {
                    readiness.notReady("redis", "\(error)")
                }
                try? await Task.sleep(for: interval)
            }
        }
    }
}
