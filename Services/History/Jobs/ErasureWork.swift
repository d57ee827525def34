import Messaging
import Postgres
import RedisStreams

/// Erases a user: takes them out of their groups, has message-router remove what Redis keeps, makes their messages tombstones, and removes their read marks and
/// memberships.
///
/// The order matters: what comes later must not bring back what was removed before. So groups are left first, and those entries are waited for; then Redis is cleared, and
/// what the log still held of the user is waited for until it is stored; then the database is gone through, all of it: whatever way a message came in, it is found.
/// Each turn is done again without harm when nobody knows whether it was done.
struct ErasureWork: Sendable {
    static let kind = "erase"

    let lease: HousekeepingLease
    let log: ErasureLog
    let metrics: HousekeepingMetrics
    /// How many rows a slice looks at.
    var rows = 5000
    /// How many groups are left in one turn.
    var groups = 100

    /// One turn: a slice of the work, or a look whether the log has got there.
    func turn(_ job: Job) async throws -> JobTurn {
        var step = try ErasureStep(job.step)
        guard !step.isWaiting else {
            guard try await log.isPast(step.awaited) else { return .waits }
            return try await goOn(job, step)
        }
        switch step.phase {
        case .groups: return try await leaveGroups(job, &step)
        case .log: return try await clearRedis(job, &step)
        case .messages: return try await eraseMessages(job, step)
        case .marks: return try await eraseMarks(job, step)
        case .memberships: return try await eraseMemberships(job, step)
        case .rest: return try await clearRest(job, &step)
        }
    }

    /// What was waited for is there.
    private func goOn(_ job: Job, _ old: ErasureStep) async throws -> JobTurn {
        var (job, step) = (job, old)
        switch step.phase {
        case .groups: step.begin(.log)
        case .log:
            step.begin(.messages)
            let note = NoteErasure(user: job.argument, milliseconds: step.through)
            let total = try await lease.slice { connection throws(PostgresError) in
                _ = try connection.execute(note)
                return try connection.execute(MessageEstimate()).first ?? 0
            }
            guard let total else { return .elsewhere }
            job.total = total
        case .messages, .marks, .memberships, .rest:
            job.state = .done
            metrics.done()
        }
        return try await save(job, step)
    }

    private func leaveGroups(_ job: Job, _ step: inout ErasureStep) async throws -> JobTurn {
        let query = LastingGroups(user: job.argument, after: step.place.conversation, limit: groups)
        let found = try await lease.slice { connection throws(PostgresError) in try connection.execute(query) }
        guard let found else { return .elsewhere }
        for group in found {
            step.place.conversation = group.key
            guard let conversation = Conversation(group.name) else { continue }
            guard let (partition, id) = try await log.leave(conversation, user: job.argument, job: job.id) else {
                throw JobDelay.logIsFull
            }
            step.awaited[partition] = id.description
        }
        if found.count < groups {
            if step.awaited.isEmpty { step.begin(.log) } else { step.isWaiting = true }
        }
        return try await save(job, step)
    }

    private func clearRedis(_ job: Job, _ step: inout ErasureStep) async throws -> JobTurn {
        let now = try await log.now()
        step.through = now
        for partition in 0..<log.publisher.partitions {
            let id = try await log.erase(
                job.argument, before: now, partition: partition, key: "erase-\(job.id)-\(partition)")
            guard let id else { throw JobDelay.logIsFull }
            step.awaited[partition] = id.description
            step.through = max(step.through, Int64(clamping: id.milliseconds))
        }
        step.isWaiting = true
        return try await save(job, step)
    }

    private func clearRest(_ job: Job, _ step: inout ErasureStep) async throws -> JobTurn {
        let home = log.home(of: job.argument)
        // Tokens issued since the beginning are good.
        let id = try await log.erase(job.argument, before: 0, partition: home, key: "erase-\(job.id)-rest")
        guard let id else { throw JobDelay.logIsFull }
        step.awaited[home] = id.description
        step.isWaiting = true
        return try await save(job, step)
    }

    // MARK: The database

    private func eraseMessages(_ job: Job, _ old: ErasureStep) async throws -> JobTurn {
        let statement = EraseMessages(
            user: job.argument, through: old.through, after: old.place, limit: rows)
        let row = try await lease.slice { connection throws(PostgresError) in
            guard let row = try connection.execute(statement).first else { throw Self.nothing }
            var (job, step) = (Self.good(job), old)
            job.progress += Int64(row.looked)
            if let total = job.total { job.total = max(total, job.progress) }
            if row.looked < statement.limit {
                step.begin(.marks)
                job.total = job.progress
            } else if let last = row.last {
                step.place = last
            }
            job.step = step.text
            _ = try connection.execute(UpdateJob(job: job))
            return row
        }
        guard let row else { return .elsewhere }
        metrics.erased(row.erased)
        return .worked
    }

    private func eraseMarks(_ job: Job, _ old: ErasureStep) async throws -> JobTurn {
        let statement = EraseMarks(user: job.argument, after: old.place, limit: rows)
        let isDone = try await lease.slice { connection throws(PostgresError) in
            guard let row = try connection.execute(statement).first else { throw Self.nothing }
            var (job, step) = (Self.good(job), old)
            if row.looked < statement.limit {
                step.begin(.memberships)
            } else if let last = row.last {
                step.place = last
            }
            job.step = step.text
            _ = try connection.execute(UpdateJob(job: job))
            return true
        }
        return isDone == nil ? .elsewhere : .worked
    }

    private func eraseMemberships(_ job: Job, _ old: ErasureStep) async throws -> JobTurn {
        let statement = EraseMemberships(user: job.argument, milliseconds: old.through, limit: 500)
        let isDone = try await lease.slice { connection throws(PostgresError) in
            var (job, step) = (Self.good(job), old)
            if try connection.execute(statement).first ?? 0 == 0 { step.begin(.rest) }
            job.step = step.text
            _ = try connection.execute(UpdateJob(job: job))
            return true
        }
        return isDone == nil ? .elsewhere : .worked
    }

    private func save(_ job: Job, _ step: ErasureStep) async throws(PostgresError) -> JobTurn {
        var job = Self.good(job)
        job.step = step.text
        let update = UpdateJob(job: job)
        let saved = try await lease.slice { connection throws(PostgresError) in
            _ = try connection.execute(update)
            return true
        }
        return saved == nil ? .elsewhere : .worked
    }

    /// A job of which a turn was good.
    private static func good(_ job: Job) -> Job {
        var job = job
        if job.state == .waiting { job.state = .running }
        job.error = nil
        job.failures = 0
        return job
    }

    private static let nothing = PostgresError(.unexpectedResult, "no counts of a slice")
}
