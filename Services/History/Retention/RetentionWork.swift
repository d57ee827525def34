import Logging
import Postgres

/// Removes messages for their age: whole months where everything in them is too old for any rule, the rest in slices.
///
/// A slice is one short transaction, and after each there is a rest as long as it took: half of a connection's time at most goes into this. How far it has got is kept for each
/// part of the order of names, so that a run looks only at what has become too old since the one before.
struct RetentionWork: Sendable {
    /// What one slice may take.
    struct Size: Sendable {
        var conversations = 500
        var messages = 2000
    }

    /// What may be written late is looked for once more: a batch under way, or a clock that goes after another.
    static let slack: Int64 = 3_600_000
    private static let longestPause = Duration.seconds(600)

    let retention: HistoryRetention
    let lease: HousekeepingLease
    let metrics: HousekeepingMetrics
    let logger: Logger
    var size = Size()

    /// From one run to the next: a tenth of the shortest age, within bounds. A message may be there so much longer.
    var pause: Duration {
        guard let shortest = retention.shortest else { return Self.longestPause }
        return min(max(.milliseconds(shortest / 10), .seconds(1)), Self.longestPause)
    }

    /// Goes through all rules once.
    /// - Returns: false when another instance keeps house.
    func run(now: Int64) async throws(PostgresError) -> Bool {
        let spans = retention.spans
        let progress = try await lease.slice { connection throws(PostgresError) in
            _ = try connection.execute(ForgetRetention(kept: spans))
            return try connection.execute(RetentionProgressQuery())
        }
        guard let progress else { return false }
        if let longest = retention.longest {
            guard try await dropPartitions(before: now - longest) else { return false }
        }
        for span in spans {
            let through = progress.first { $0.from == span.from && $0.until == span.until }?.through ?? 0
            guard try await remove(span, after: max(0, through - Self.slack), before: now - span.age) else {
                return false
            }
        }
        metrics.finishedRun(at: now)
        return true
    }

    private func dropPartitions(before: Int64) async throws(PostgresError) -> Bool {
        while !Task.isCancelled {
            let dropped = try await lease.slice { connection throws(PostgresError) in
                try connection.execute(DropPartition(before: before)).first ?? ""
            }
            guard let dropped else { return false }
            guard !dropped.isEmpty else { return try await removeOriginals(before: before) }
            // A message that comes so late has its month made again, and removed by the next run.
            lease.database.partitions.forget()
            metrics.droppedPartition()
            logger.notice("a month of messages was too old and is dropped", metadata: ["month": "\(dropped)"])
        }
        return false
    }

    /// What has gone with its month has left this behind.
    private func removeOriginals(before: Int64) async throws(PostgresError) -> Bool {
        let statement = RemoveOldOriginals(before: before, limit: size.messages)
        while !Task.isCancelled {
            let count = try await lease.slice { connection throws(PostgresError) in
                try connection.execute(statement).first ?? 0
            }
            guard let count else { return false }
            guard count > 0 else { return true }
        }
        return false
    }

    private func remove(
        _ span: HistoryRetention.Span, after: Int64, before: Int64
    ) async throws(PostgresError) -> Bool {
        guard after < before else { return true }
        var from = span.from
        while !Task.isCancelled {
            let start = ContinuousClock.now
            let statement = RemoveOldMessages(
                from: from, until: span.until, after: after, before: before, conversations: size.conversations,
                messages: size.messages)
            let advance = AdvanceRetention(from: span.from, until: span.until, through: before)
            let reply = try await lease.slice { connection throws(PostgresError) in
                let rows = try connection.execute(statement)
                guard let row = rows.first else { throw PostgresError(.unexpectedResult, "no counts of a slice") }
                if Self.next(row, size) == nil { _ = try connection.execute(advance) }
                return row
            }
            guard let row = reply else { return false }
            metrics.removed(row.removed)
            guard let next = Self.next(row, size) else { return true }
            from = next
            try? await Task.sleep(for: max(ContinuousClock.now - start, .milliseconds(5)))
        }
        return false
    }

    /// Where the next slice begins; nil when there is nothing left.
    static func next(_ row: RemoveOldMessages.Row, _ size: Size) -> String? {
        // Of the last conversation there may be more.
        if row.found >= size.messages { return row.lastFound }
        // The first name behind it: none has a character so low.
        return row.looked >= size.conversations ? row.lastLooked + "\u{1}" : nil
    }
}
