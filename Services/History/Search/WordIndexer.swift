import Logging
import Postgres
import ServiceLifecycle

/// Fills the index of words behind ingest (`index_words.sql`), whichever history has the lease in Postgres.
///
/// It follows the messages in the order of their ids, up to where all partitions of the log are stored (``IngestHorizon``), so nothing comes behind its place;
/// what does, as a replayed dead letter or a changed message, is noted in `stale_words`. A turn is one transaction, its place commits with its rows, and the place is
/// locked meanwhile: should two think that they have the lease, they still go one after the other. While ingest is behind, it rests.
struct WordIndexer: Service {
    private static let lease = Duration.seconds(10)
    private static let leaseCheck = Duration.seconds(2)
    /// While what was accepted so long ago (milliseconds) is not stored yet, ingest has the database to itself: half of what it may fall behind.
    private static let yieldsBehind: Int64 = 500

    let database: Database
    let horizon: IngestHorizon
    let holder: String
    let metrics: HistoryMetrics
    let logger: Logger

    func run() async throws {
        guard database.search != nil else { return try await gracefulShutdown() }
        await cancelWhenGracefulShutdown {
            var pace = IndexPace()
            var care = IndexCare()
            var holds = false
            var nextCheck = ContinuousClock.now
            var isFailing = false
            while !Task.isCancelled {
                let rest: Duration
                do {
                    if ContinuousClock.now >= nextCheck {
                        holds = try await checkLease()
                        nextCheck = .now + Self.leaseCheck
                    }
                    rest = holds ? try await turn(&pace, &care) : Self.leaseCheck
                    isFailing = false
                } catch {
                    rest = pace.failed()
                    if !isFailing, !Task.isCancelled, database.isReady {
                        logger.warning("the index of words is not filled", metadata: ["reason": "\(error)"])
                        isFailing = true
                    }
                }
                try? await Task.sleep(for: rest)
            }
        }
    }

    private func checkLease() async throws -> Bool {
        guard let lease = try await database.index(SearchLease(holder: holder, duration: Self.lease)).first else {
            return false
        }
        metrics.indexed(through: lease.reached)
        return lease.isHeld
    }

    private func turn(_ pace: inout IndexPace, _ care: inout IndexCare) async throws -> Duration {
        let look = try await horizon.look()
        guard look.behind <= Self.yieldsBehind else { return IndexPace.idle }
        let start = ContinuousClock.now
        let stale = try await database.index(IndexStaleWords(holder: holder, limit: pace.size)).first ?? 0
        let row = try await index(IndexWords(holder: holder, through: look.stored, limit: pace.size), &care)
        let messages = row?.messages ?? 0
        if let row { metrics.indexed(through: row.reached) }
        metrics.countIndexed(messages + stale)
        return pace.done(max(messages, stale), in: .now - start)
    }

    /// Runs a turn, with care where it takes it.
    private func index(
        _ turn: IndexWords, _ care: inout IndexCare
    ) async throws(PostgresError) -> IndexWords.Row? {
        var turn = turn
        if !care.isCareful {
            do throws(PostgresError) {
                return try await database.index(turn).first
            } catch {
                guard error.kind == .input else { throw error }
                care.refused()
            }
        }
        turn.isCareful = true
        let row = try await database.index(turn).first
        care.done()
        return row
    }
}
