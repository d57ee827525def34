import TestStack

/// Somebody who has locked rows in Postgres and does not let go of them until told.
struct LockHolder: Sendable {
    private let postgres: PostgresServer
    private let session: Task<Void, Never>

    /// `select`: what locks them.
    init(_ postgres: PostgresServer, _ select: String) async throws {
        self.postgres = postgres
        session = Task {
            // It ends with an error, when it is ended.
            try? await postgres.lines("begin; \(select); select pg_sleep(280)", within: .seconds(290)) { _ in }
        }
        try await eventually("the rows are locked", within: .seconds(30)) {
            try await postgres.sql("select count(*) from pg_stat_activity where wait_event = 'PgSleep'") == ["1"]
        }
    }

    func release() async throws {
        try await postgres.sql("select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'")
        await session.value
    }
}
