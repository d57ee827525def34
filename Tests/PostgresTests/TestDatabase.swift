import TestStack

/// The Postgres that the tests of this module share, and databases of their own in it.
enum TestDatabase {
    private static let server = Task { try await PostgresServer.start() }

    /// The URL of a fresh database.
    static func make() async throws -> String {
        let name = "test_\(UInt64.random(in: .min ... .max))"
        try await server.value.sql("create database \(name)")
        return try await url(name)
    }

    /// The URL of a database, whether or not it exists.
    static func url(_ name: String) async throws -> String {
        try await server.value.url.replacing(#/switchboard$/#, with: name)
    }
}
