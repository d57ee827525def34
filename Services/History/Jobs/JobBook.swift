import Postgres
import ServiceRuntime

/// The jobs as requests see them.
struct JobBook: Sendable {
    /// How many may wait or run at once.
    static let openLimit = 1000
    /// How many are kept that came to their end, and for how long.
    static let endedLimit = 1000
    static let endedAge = Duration.seconds(30 * 86_400)

    let database: Database
    /// To be roused when there is something to do.
    let alarm: Alarm

    /// Has a job done; the same one as before when it is asked for again meanwhile.
    /// - Throws: `Problem` 503 when too many are open.
    func ask(_ kind: String, _ argument: String) async throws -> Job {
        let statement = AddJob(kind: kind, argument: argument, limit: Self.openLimit)
        // Twice: of two that ask at once, the second may see neither room for its own nor the other's.
        for _ in 0..<2 {
            let rows = try await database.keep { connection throws(PostgresError) in try connection.execute(statement) }
            guard let job = rows.first else { continue }
            alarm.rouse()
            return job
        }
        throw Problem.busy(
            "\(Self.openLimit) jobs are waiting, which is the most: ask again when some are done", retryAfter: 60)
    }

    /// A job; nil when there is none of this id, or none any more.
    func job(_ id: Int64) async throws(PostgresError) -> Job? {
        // Of the database that it is written to: whoever has asked for it looks at once.
        try await database.keep { connection throws(PostgresError) in try connection.execute(OneJob(id: id)) }.first
    }
}
