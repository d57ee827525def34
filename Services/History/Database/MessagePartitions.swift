import Postgres
import Synchronization

/// Sees to it that the months which messages fall into have their partitions.
final class MessagePartitions: Sendable {
    /// How many months are made ahead, besides the present one.
    static let ahead: Int64 = 2

    private let known = Mutex<Set<Month>>([])

    /// Makes what is missing of these months. Does not ask the database about those made or seen before.
    func ensure(_ months: some Sequence<Month>, on pool: PostgresPool) async throws(PostgresError) {
        let missing = known.withLock { known in Set(months).subtracting(known) }
        for month in missing.sorted() {
            _ = try await pool.execute(MakePartition(milliseconds: month.start))
            known.withLock { _ = $0.insert(month) }
        }
    }

    /// Makes the present month's and those ahead.
    func ensureAhead(of milliseconds: Int64, on pool: PostgresPool) async throws(PostgresError) {
        let present = Month(milliseconds: milliseconds)
        try await ensure((0...Self.ahead).map { present.advanced(by: $0) }, on: pool)
    }

    /// Forgets what is known: somebody has dropped a partition.
    func forget() { known.withLock { $0 = [] } }
}
