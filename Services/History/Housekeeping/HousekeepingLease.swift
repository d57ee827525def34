import Postgres
import ServiceRuntime

/// The right to keep house, which one history has at a time: a row in the database, so that it goes with what it is about.
///
/// Each slice of work is a transaction that begins by taking or renewing the lease. The row is locked until the transaction ends, so not even two
/// that both believe to have it work at the same time; and what a slice did and how far it got are written together or not at all.
struct HousekeepingLease: Sendable {
    static let name = "housekeeping"
    /// After a crash somebody else takes over when this has passed.
    static let length = Duration.seconds(15)

    let database: Database
    /// This instance.
    let holder: String

    /// Runs a slice of work in one transaction; nil when the lease is another's, and then nothing was done.
    func slice<Value: Sendable>(
        _ body: @Sendable (isolated PostgresConnection) throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value? {
        let hold = HoldLease(
            lease: Self.name, holder: holder, milliseconds: Self.length.inMilliseconds)
        return try await database.keep { connection throws(PostgresError) in
            try connection.transaction { () throws(PostgresError) -> Value? in
                guard try connection.execute(hold) == [true] else { return nil }
                return try body(connection)
            }
        }
    }

    /// Gives it back, if it is ours: another instance need not wait for its end.
    func release() async {
        let release = ReleaseLease(lease: Self.name, holder: holder)
        _ = try? await database.keep { connection throws(PostgresError) in try connection.execute(release) }
    }
}
