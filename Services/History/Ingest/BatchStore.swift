import Logging
import Messaging
import Postgres
import RedisStreams
import Synchronization

/// Stores records in the database: a batch as one transaction; where something in it can never be stored, that alone is put aside.
final class BatchStore: Sendable {
    /// Conversations remembered as being in the database, at most.
    private static let remembered = 100_000

    private let database: Database
    private let deadLetters: DeadLetters
    private let metrics: HistoryMetrics
    private let logger: Logger
    private let known = Mutex<Set<String>>([])
    /// The writers whose last batch was all new. They take it that the next one is, too: it always is but after a crash, or when another history has been at it.
    private let onNew = Mutex<Set<Int>>([])

    init(database: Database, deadLetters: DeadLetters, metrics: HistoryMetrics, logger: Logger) {
        self.database = database
        self.deadLetters = deadLetters
        self.metrics = metrics
        self.logger = logger
    }

    /// Returns when each record is stored or among the dead letters. Throws when they must come again.
    /// - Parameter lane: the database's writer to use.
    func store(_ records: [IngestRecord], lane: Int) async throws {
        guard try await refusal(of: records, lane: lane) != nil else { return }
        // It may also be that what we remember does not hold any more: a partition or a conversation was removed by hand.
        known.withLock { $0 = [] }
        database.partitions.forget()
        try await isolate(records, lane: lane)
    }

    /// Halves until the records that cannot be stored stand alone.
    private func isolate(_ records: [IngestRecord], lane: Int) async throws {
        guard let refusal = try await refusal(of: records, lane: lane) else { return }
        if records.count == 1 {
            return try await deadLetters.put(
                [.init(id: records[0].source, kind: .refused, reason: refusal.description)],
                partition: records[0].partition)
        }
        let middle = records.count / 2
        try await isolate(Array(records[..<middle]), lane: lane)
        try await isolate(Array(records[middle...]), lane: lane)
    }

    /// Why Postgres will never take these; nil when they are stored. Throws what may be different later.
    private func refusal(of records: [IngestRecord], lane: Int) async throws(PostgresError) -> PostgresError? {
        let result: Result<Void, PostgresError>
        do throws(PostgresError) {
            result = .success(try await transact(records, lane: lane))
        } catch {
            result = .failure(error)
        }
        switch result {
        case .success: return nil
        case .failure(let error):
            guard error.kind == .input else { throw error }
            return error
        }
    }

    private func transact(_ records: [IngestRecord], lane: Int) async throws(PostgresError) {
        let batch = known.withLock { HistoryBatch(records, known: $0) }
        try await database.ensurePartitions(batch.months)
        let rows = try await write(batch, lane: lane)
        known.withLock { known in
            if known.count > Self.remembered { known = [] }
            known.formUnion(batch.conversations)
        }
        metrics.count(records, rows: rows)
    }

    /// Stores a batch and gives how many messages of it are new. Tried first as if all were, where that is likely: if not, the server refuses it whole, and nothing is done.
    private func write(_ batch: HistoryBatch, lane: Int) async throws(PostgresError) -> Int {
        if onNew.withLock({ $0.contains(lane) }) {
            do throws(PostgresError) {
                return try await write(batch.statementsForNew, lane: lane)
            } catch {
                guard error.isRepeat else { throw error }
            }
        }
        let rows = try await write(batch.statements, lane: lane)
        if batch.messageCount > 0 {
            onNew.withLock { onNew in
                if rows == batch.messageCount { onNew.insert(lane) } else { onNew.remove(lane) }
            }
        }
        return rows
    }

    private func write(_ statements: [any PostgresStatement], lane: Int) async throws(PostgresError) -> Int {
        let counts = try await database.write(statements, lane: lane)
        return zip(statements, counts).first { $0.0 is AddMessages || $0.0 is AddNewMessages }?.1 ?? 0
    }
}

extension PostgresError {
    /// Something that was to be new is there already: a unique violation.
    var isRepeat: Bool { code == .server && sqlState == "23505" }
}
