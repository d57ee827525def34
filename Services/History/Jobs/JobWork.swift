import Logging
import Postgres
import RedisStreams

/// What became of a turn of work.
enum JobTurn: Hashable, Sendable {
    /// Something was done, and there may be more.
    case worked
    /// There is something to do, and it cannot be done yet.
    case waits
    /// There is nothing to do.
    case idle
    /// Another instance keeps house.
    case elsewhere
}

/// Why a job cannot go on yet.
enum JobDelay: Error, CustomStringConvertible {
    case logIsFull

    var description: String { "the log is full: its readers have to catch up first" }
}

/// Works on jobs, the oldest first, a turn at a time.
///
/// What a turn did and how far the job is are written together, so whoever goes on after a crash finds what is left. An outage is waited out, and the job says so meanwhile; what
/// fails for its own sake again and again ends as failed.
struct JobWork: Sendable {
    /// How often in a row a job may fail for its own sake.
    static let tries = 10

    let lease: HousekeepingLease
    let erasure: ErasureWork
    let metrics: HousekeepingMetrics
    let logger: Logger

    func turn() async throws(PostgresError) -> JobTurn {
        let found = try await lease.slice { connection throws(PostgresError) in
            (open: try connection.execute(OpenJobs()).first ?? 0, job: try connection.execute(NextJob()).first)
        }
        guard let found else {
            metrics.open(0)
            metrics.idle(milliseconds: 0)
            return .elsewhere
        }
        metrics.open(found.open)
        metrics.idle(milliseconds: found.job.map { WallClock.milliseconds - $0.updated } ?? 0)
        guard let job = found.job else { return .idle }
        do {
            guard job.kind == ErasureWork.kind else {
                return try await fail(job, "this history does not know what that is: run a newer one", for: .good)
            }
            return try await erasure.turn(job)
        } catch is CancellationError {
            return .waits
        } catch {
            let isOutage = error is JobDelay || (error as? any OutageError)?.isOutage ?? false
            let isLast = job.failures + 1 >= Self.tries
            return try await fail(job, "\(error)", for: isOutage ? .now : isLast ? .good : .itself)
        }
    }

    private enum Failure {
        /// It is no fault of the job's.
        case now
        case itself, good
    }

    private func fail(_ old: Job, _ reason: String, for failure: Failure) async throws(PostgresError) -> JobTurn {
        var job = old
        job.error = reason
        switch failure {
        case .now: if old.error == reason { return .waits }
        case .itself: job.failures += 1
        case .good:
            job.state = .failed
            metrics.failed()
        }
        logger.warning(
            failure == .good ? "a job has failed" : "a job has to wait",
            metadata: ["job": "\(job.id)", "kind": "\(job.kind)", "reason": "\(reason)"])
        let update = UpdateJob(job: job)
        _ = try await lease.slice { connection throws(PostgresError) in try connection.execute(update) }
        return .waits
    }
}
