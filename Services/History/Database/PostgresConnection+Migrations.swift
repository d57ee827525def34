import Postgres

extension PostgresConnection {
    /// Brings the schema up to date, in one transaction and one history at a time, and gives the versions applied now.
    ///
    /// Two that start together: the second waits for the lock, and then finds nothing left to do.
    func migrate(_ migrations: [Migration]) throws(PostgresError) -> Result<[Int], MigrationError> {
        try transaction { () throws(PostgresError) in
            _ = try execute(MigrationLock())
            if try execute(SchemaExists()) == [false] {
                try script(String(decoding: PackageResources.create_schema_sql, as: UTF8.self))
            }
            try script(String(decoding: PackageResources.create_versions_sql, as: UTF8.self))
            let applied = Dictionary(
                uniqueKeysWithValues: try execute(MigrationsApplied()).map { ($0.version, $0.checksum) })
            let known = migrations.map(\.version).max() ?? 0
            if let newest = applied.keys.max(), newest > known {
                return .failure(.newer(database: newest, known: known))
            }
            for migration in migrations {
                guard let checksum = applied[migration.version], checksum != migration.checksum else { continue }
                return .failure(.changed(migration))
            }
            let missing = migrations.filter { applied[$0.version] == nil }
            for migration in missing {
                do throws(PostgresError) {
                    try script(migration.script)
                    _ = try execute(RecordMigration(migration: migration))
                } catch {
                    throw PostgresError(
                        error.code, "migration \(migration.version) (\(migration.name)): \(error.description)",
                        sqlState: error.sqlState)
                }
            }
            return .success(missing.map(\.version))
        }
    }
}
