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
            let applied = try execute(MigrationsApplied())
            if let newest = applied.last?.version, newest > migrations.count {
                return .failure(.newer(database: newest, known: migrations.count))
            }
            for (migration, row) in zip(migrations, applied) where migration.checksum != row.checksum {
                return .failure(.changed(migration))
            }
            let missing = migrations.dropFirst(applied.count)
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
