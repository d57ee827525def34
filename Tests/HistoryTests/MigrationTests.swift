import Postgres
import Testing

@testable import History

@Suite struct MigrationTests {
    @Test func twoThatMigrateAtOnceBothFindTheSchemaAndOneMakesIt() async throws {
        let database = try await TestDatabase.empty()
        let applied = try await withThrowingTaskGroup(of: [Int].self) { group in
            for _ in 0..<4 {
                let connection = try TestDatabase.connection(database.url)
                group.addTask { try await connection.migrate(Migration.all).get() }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(applied.count(where: { !$0.isEmpty }) == 1)
        #expect(applied.flatMap(\.self) == Migration.all.map(\.version))
        #expect(try await database.execute(MigrationsApplied()).count == Migration.all.count)
    }

    @Test func aSchemaMadeBeforehandIsUsedWithoutTheRightToMakeOne() async throws {
        let database = try await TestDatabase.empty()
        let role = "role_\(UInt64.random(in: .min ... .max))"
        try await database.connection.script(
            "create role \(role) login; create schema history authorization \(role)")
        let url = database.url.replacing(#/\/\/[^@]*@/#, with: "//\(role)@")
        let connection = try TestDatabase.connection(url)
        #expect(try await connection.migrate(Migration.all).get() == Migration.all.map(\.version))
    }

    @Test func aNewerSchemaIsRefusedWithTheRemedy() async throws {
        let database = try await TestDatabase.migrated()
        let next = Migration(version: 99, name: "later", script: "select 1")
        _ = try await database.execute(RecordMigration(migration: next))
        let error = await #expect(throws: MigrationError.self) {
            try await database.connection.migrate(Migration.all).get()
        }
        #expect(error?.description.contains("run a newer history") == true)
    }

    @Test func aMigrationChangedAfterwardsIsRefused() async throws {
        let database = try await TestDatabase.migrated()
        let changed = [Migration(version: 1, name: "log", script: "select 1")] + Migration.all.dropFirst()
        let error = await #expect(throws: MigrationError.self) {
            try await database.connection.migrate(changed).get()
        }
        #expect(error?.description.contains("migration 1 (log)") == true)
    }

    @Test func aMigrationThatFailsLeavesNothingBehind() async throws {
        let database = try await TestDatabase.empty()
        let failing =
            Migration.all + [
                Migration(version: 2, name: "bad", script: "create table history.t (i int); select nonsense")
            ]
        await #expect(throws: PostgresError.self) { try await database.connection.migrate(failing).get() }
        #expect(try await database.execute(SchemaExists()) == [false])
    }

    @Test func versionsCountUpFromOne() {
        #expect(Migration.all.map(\.version) == Array(1...Migration.all.count))
    }
}
