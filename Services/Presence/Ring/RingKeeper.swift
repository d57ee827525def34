import Logging
import Messaging
import RedisStreams
import ServiceLifecycle

/// Writes the ring as ``RingStateMachine`` decides, and announces each change. The owner of partition 0 does it; a second one does no harm, since the ring is written
/// only over the version that was looked at.
struct RingKeeper: Service {
    let consumer: PartitionConsumer
    let redis: RedisConnection
    let keys: Keys
    let edges: EdgeBook
    let ring: RingBook
    let metrics: PresenceMetrics
    let hysteresis: Duration
    let logger: Logger
    var interval = Duration.seconds(1)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var machine = RingStateMachine(hysteresis: hysteresis)
            while !Task.isCancelled {
                if consumer.status.contains(where: { $0.partition == 0 }) {
                    do throws(RedisError) {
                        try await look(&machine)
                    } catch {
                        metrics.failed()
                        logger.warning("cannot keep the ring", metadata: ["reason": "\(error)"])
                    }
                } else {
                    // What it has seen gone may have come and gone again under the eyes of another.
                    machine = RingStateMachine(hysteresis: hysteresis)
                }
                try? await Task.sleep(for: interval)
            }
        }
    }

    /// Looks at the edges and the ring, and changes the ring if that is called for.
    func look(_ machine: inout RingStateMachine) async throws(RedisError) {
        let records = try await edges.read()
        let (before, time) = try await RingQuery.read(redis, keys: keys)
        guard
            case .write(let list, let version, let expected) = machine.look(
                ring: before, records: records, redisTime: time, now: .now)
        else { return ring.adopt(before, age: .milliseconds(max(0, time - before.changed))) }
        let reply = try WriteRingScript.reply(
            await redis.execute(
                WriteRingScript.command(keys: keys, edges: list, version: version, expected: expected)))
        // Where another has changed it meanwhile, the next look sees what there is left to do.
        guard case .written(let written) = reply else { return }
        ring.adopt(written, age: .zero)
        tell(before: before, after: written)
        _ = try await redis.execute(WriteRingScript.announcement(written, keys: keys))
    }

    private func tell(before: Ring, after: Ring) {
        let old = Set(before.edges.map(\.id))
        let new = Set(after.edges.map(\.id))
        let (joined, left) = (new.subtracting(old).sorted(), old.subtracting(new).sorted())
        metrics.ringChanged(joined: joined.count, left: left.count)
        logger.notice(
            "the ring has changed",
            metadata: [
                "version": "\(after.version)", "edges": "\(after.edges.count)",
                "joined": "\(joined.joined(separator: " "))", "left": "\(left.joined(separator: " "))",
            ])
    }
}
