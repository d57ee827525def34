import CLibPQ
import Foundation
import TestStack

/// One session of libpq as it is, with blocking calls: what history's queries are measured against.
@safe
final class PlainConnection {
    /// What history sets in its sessions; a test holds them together.
    static let sessionParameters = [
        "plan_cache_mode": "force_generic_plan",
        "jit": "off",
        "enable_seqscan": "off",
        "enable_bitmapscan": "off",
        "enable_hashjoin": "off",
        "enable_mergejoin": "off",
        "max_parallel_workers_per_gather": "0",
        "default_transaction_isolation": "read committed",
    ]

    /// What history sets in the sessions that search.
    static let searchParameters = sessionParameters.filter {
        !["enable_bitmapscan", "enable_hashjoin"].contains($0.key)
    }

    private let connection: OpaquePointer

    init(url: String, parameters: [String: String] = sessionParameters) throws {
        guard let connection = unsafe PQconnectdb(url) else {
            throw TestStackError(.connection, "no memory for a connection to Postgres")
        }
        unsafe self.connection = unsafe connection
        guard unsafe PQstatus(connection) == CONNECTION_OK else { throw failure() }
        for (name, value) in parameters { try run("set \(name) = '\(value)'") }
    }

    deinit { unsafe PQfinish(connection) }

    /// Prepares a statement; the types of its parameters are Postgres' to find.
    func prepare(_ name: String, _ sql: String) throws {
        try unsafe check(PQprepare(connection, name, sql, 0, nil))
    }

    /// Runs a prepared statement; parameters go as text, and rows come in binary as history's do.
    @discardableResult
    func execute(_ name: String, _ parameters: [String]) throws -> PlainRows {
        let copies = unsafe parameters.map { unsafe strdup($0) }
        defer { unsafe copies.forEach { unsafe free($0) } }
        let values = unsafe copies.map { unsafe UnsafePointer<CChar>($0) }
        return try unsafe check(
            PQexecPrepared(connection, name, Int32(parameters.count), values, nil, nil, 1))
    }

    /// Runs a statement as it is.
    func run(_ sql: String) throws { try unsafe check(PQexec(connection, sql)) }

    @discardableResult
    private func check(_ result: OpaquePointer?) throws -> PlainRows {
        let rows = unsafe PlainRows(result)
        let status = unsafe PQresultStatus(result)
        guard status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK else { throw failure() }
        return rows
    }

    private func failure() -> TestStackError {
        let message = unsafe PQerrorMessage(connection).map { unsafe String(cString: $0) } ?? "nothing said"
        return TestStackError(.process, "Postgres: \(message)")
    }
}
