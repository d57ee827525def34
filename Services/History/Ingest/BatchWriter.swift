import ServiceLifecycle
import ServiceRuntime

/// Stores what the partitions bring: each partition always through the same lane, so that what is of one conversation is written by one connection,
/// in the order of the log, and two transactions never wait for each other's rows.
final class BatchWriter: Service, Sendable {
    private let lanes: [BatchLane]
    private let health: IngestHealth

    init(lanes count: Int, store: BatchStore, readiness: Readiness) {
        let health = IngestHealth(readiness: readiness)
        self.health = health
        lanes = (0..<count).map { BatchLane($0, store: store, health: health) }
    }

    /// Lets entries through: the database has been prepared.
    func open() {
        for lane in lanes { lane.open() }
    }

    /// Returns when the records of a partition are stored, or put aside as dead letters. Throws when they must come again.
    func write(_ records: [IngestRecord], bytes: Int, partition: Int) async throws {
        guard !records.isEmpty else { return }
        try await lanes[partition % lanes.count].write(records, bytes: bytes, partition: partition)
    }

    /// The partition is another history's now: what failed of it is told there.
    func lost(_ partition: Int) { health.lost(partition) }

    func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                for lane in lanes { group.addTask { await lane.run() } }
            }
        } onGracefulShutdown: {
            for lane in self.lanes { lane.stop() }
        }
    }
}
