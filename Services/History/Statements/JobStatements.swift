import Postgres

/// What gives jobs: all these have the columns of ``Job``.
protocol JobQuery: PostgresStatement where Row == Job {}

extension JobQuery {
    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Job {
        guard let state = Job.State(rawValue: try row.text(3)) else {
            throw PostgresError(.unexpectedResult, "a job's state is none that is known")
        }
        return Job(
            id: try row.int8(0), kind: try row.text(1), argument: try row.text(2), state: state, step: try row.text(4),
            progress: try row.int8(5), total: row.isNull(6) ? nil : try row.int8(6),
            error: row.isNull(7) ? nil : try row.text(7), failures: Int(try row.int4(8)), created: try row.int8(9),
            updated: try row.int8(10))
    }
}

/// Enters a job, or finds the same; no row when too many are open (`add_job.sql`).
struct AddJob: JobQuery {
    static let name = "add_job"
    static let sql = String(decoding: PackageResources.add_job_sql, as: UTF8.self)

    let kind: String
    let argument: String
    let limit: Int

    var parameters: [PostgresParameter] { [.text(kind), .text(argument), .int8(Int64(limit))] }
}

/// One job (`job.sql`).
struct OneJob: JobQuery {
    static let name = "job"
    static let sql = String(decoding: PackageResources.job_sql, as: UTF8.self)
    static let isRepeatable = true

    let id: Int64

    var parameters: [PostgresParameter] { [.int8(id)] }
}

/// The oldest job that is not done (`next_job.sql`).
struct NextJob: JobQuery {
    static let name = "next_job"
    static let sql = String(decoding: PackageResources.next_job_sql, as: UTF8.self)
    static let isRepeatable = true

    var parameters: [PostgresParameter] { [] }
}

/// How many jobs wait or run (`open_jobs.sql`).
struct OpenJobs: PostgresStatement {
    static let name = "open_jobs"
    static let sql = String(decoding: PackageResources.open_jobs_sql, as: UTF8.self)
    static let isRepeatable = true

    var parameters: [PostgresParameter] { [] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Int { Int(try row.int8(0)) }
}

/// Writes down how far a job is (`update_job.sql`).
struct UpdateJob: PostgresStatement {
    static let name = "update_job"
    static let sql = String(decoding: PackageResources.update_job_sql, as: UTF8.self)

    let job: Job

    var parameters: [PostgresParameter] {
        [
            .int8(job.id), .text(job.state.rawValue), .text(job.step), .int8(job.progress), .int8(job.total ?? -1),
            .text(job.error ?? ""), .int4(Int32(clamping: job.failures)),
        ]
    }
}

/// Removes jobs that came to their end long ago (`prune_jobs.sql`).
struct PruneJobs: PostgresStatement {
    static let name = "prune_jobs"
    static let sql = String(decoding: PackageResources.prune_jobs_sql, as: UTF8.self)

    let milliseconds: Int64
    let kept: Int

    var parameters: [PostgresParameter] { [.int8(milliseconds), .int8(Int64(kept))] }
}
