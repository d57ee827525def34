import Logging
import Messaging
import Postgres
import RedisStreams
import TestStack
import Testing

@testable import History

/// A fresh database with history's schema, in the Postgres that the tests of this module share.
struct TestDatabase: Sendable {
    private static let server = Task { try await PostgresServer.start() }

    let connection: PostgresConnection
    let url: String

    /// An empty database.
    static func empty() async throws -> TestDatabase {
        let name = "test_\(UInt64.random(in: .min ... .max))"
        let server = try await server.value
        try await server.sql("create database \(name)")
        return try TestDatabase(url: server.url.replacing(#/switchboard$/#, with: name))
    }

    /// One with the schema; its connection is set up as those for searches are, or as the others.
    static func migrated(search: Bool = false) async throws -> TestDatabase {
        let database = try await empty()
        _ = try await database.connection.migrate(Migration.all).get()
        return search ? try TestDatabase(url: database.url, parameters: Database.searchParameters) : database
    }

    init(url: String, parameters: [String: String] = Database.sessionParameters) throws {
        self.url = url
        connection = try Self.connection(url, parameters: parameters)
    }

    static func connection(
        _ url: String, parameters: [String: String] = Database.sessionParameters
    ) throws -> PostgresConnection {
        var configuration = try PostgresConfiguration(url: url, applicationName: "test")
        configuration.parameters = parameters
        // A loaded machine is no failure.
        configuration.connectTimeout = .seconds(120)
        configuration.statementTimeout = .seconds(120)
        configuration.lockTimeout = .seconds(120)
        return PostgresConnection(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    func execute<S: PostgresStatement>(_ statement: S) async throws -> [S.Row] {
        try await connection.execute(statement)
    }

    /// Indexes the words of all that is stored, as the indexer does.
    func indexWords(size: Int = 100) async throws {
        #expect(try await execute(SearchLease(holder: "test", duration: .seconds(60))).first?.isHeld == true)
        while try await execute(IndexStaleWords(holder: "test", limit: size)).first ?? 0 > 0 {}
        let end = StoredID(ms: november + 40_000_000_000, seq: 0)
        // With care: whatever a test has put in.
        let turn = IndexWords(holder: "test", through: end, limit: size, isCareful: true)
        while let row = try await execute(turn).first, row.messages >= size {}
    }

    /// Stores entries as history does, in one transaction, partitions made before.
    func store(_ records: [IngestRecord]) async throws {
        for month in Set(records.map { Month(milliseconds: $0.id.ms) }) {
            _ = try await connection.execute(MakePartition(milliseconds: month.start))
        }
        _ = try await connection.transaction(HistoryBatch(records).statements)
    }
}

/// A time in November 2026.
let november: Int64 = 1_793_500_000_000

/// The entry of a message.
func message(_ conversation: String, from: String, _ ms: Int64, _ seq: Int32 = 0, data: String = "1") -> IngestRecord {
    record("message", conversation, from, ms, seq, data)
}

/// The entry of a membership change.
func change(_ group: String, _ change: MembershipChange, _ ms: Int64, by user: String = "admin") -> IngestRecord {
    let names = change.members.map { "\"\($0)\"" }.joined(separator: ",")
    let data = #"{"operation":"\#(change.operation.rawValue)","members":[\#(names)]}"#
    return record("member", "group:\(group)", user, ms, 0, data)
}

/// The entry of a read mark.
func read(_ conversation: String, by user: String, _ mark: String, at ms: Int64) -> IngestRecord {
    record("read", conversation, user, ms, 0, mark)
}

/// The entry of a canary.
func canary(partition: Int, _ ms: Int64) -> IngestRecord {
    record("canary", "topic:canary", "message-router", ms, 0, "router k3x9q2", partition: partition)
}

private func record(
    _ type: String, _ conversation: String, _ from: String, _ ms: Int64, _ seq: Int32, _ data: String,
    partition: Int = 0
) -> IngestRecord {
    let parts = [
        "type", type, "conversation", conversation, "from", from, "device", "phone", "n", "1", "data", data,
    ]
    let entry = StreamEntry(
        id: MessageID(milliseconds: UInt64(ms), sequence: UInt64(seq)),
        fields: StreamFields(parts.map { Array($0.utf8) }))
    return try! IngestRecord(partition: partition, entry: entry)!
}
