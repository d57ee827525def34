/// One step of the database's schema: a file in `Migrations`, applied once and never changed afterwards.
struct Migration: Sendable {
    let version: Int
    let name: String
    let script: String

    /// All of them, in the order in which they are applied. A new one goes to the end, with a higher number.
    static let all: [Migration] = [
        Migration(version: 1, name: "log", script: String(decoding: PackageResources.v0001_log_sql, as: UTF8.self)),
        Migration(
            version: 2, name: "canaries",
            script: String(decoding: PackageResources.v0002_canaries_sql, as: UTF8.self)),
        Migration(
            version: 3, name: "search", script: String(decoding: PackageResources.v0003_search_sql, as: UTF8.self)),
        Migration(
            version: 4, name: "changes",
            script: String(decoding: PackageResources.v0004_changes_sql, as: UTF8.self)),
        Migration(
            version: 5, name: "housekeeping",
            script: String(decoding: PackageResources.v0005_housekeeping_sql, as: UTF8.self)),
        Migration(
            version: 6, name: "positions",
            script: String(decoding: PackageResources.v0006_positions_sql, as: UTF8.self)),
        Migration(
            version: 7, name: "scope", script: String(decoding: PackageResources.v0007_scope_sql, as: UTF8.self)),
    ]

    /// FNV-1a (64 bit) of the file: enough to notice that it was changed.
    /// Source: http://www.isthe.com/chongo/tech/comp/fnv/
    var checksum: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in script.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        let hex = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - hex.count) + hex
    }
}

/// The database's schema and this program do not fit together; no waiting helps.
struct MigrationError: Error, Hashable, CustomStringConvertible {
    let description: String

    static func newer(database: Int, known: Int) -> MigrationError {
        MigrationError(
            description: "DATABASE_URL: the database's schema is at version \(database) and this history knows up to "
                + "\(known): run a newer history, or give it another database")
    }

    static func changed(_ migration: Migration) -> MigrationError {
        MigrationError(
            description: "DATABASE_URL: migration \(migration.version) (\(migration.name)) was applied to the database "
                + "with other contents than this history has: run the history it was made with, or another database")
    }
}
