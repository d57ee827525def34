public import Postgres
public import RedisStreams

/// What is refused for what it says is put aside; anything else is waited out, also what a person has to mend.
extension PostgresError: OutageError {
    public var isOutage: Bool { kind != .input }
}
