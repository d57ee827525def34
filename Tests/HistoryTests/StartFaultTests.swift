import TestStack
import Testing

@testable import History

/// A database that does not fit the program: no waiting helps, so the process ends at once and says why.
@Suite struct StartFaultTests {
    /// Changes a database that a history has used, starts the history again, and gives its exit code and what it says.
    private func restart(_ change: String) async throws -> (code: Int32, output: String) {
        let bench = try await HistoryBench.start()
        try await bench.history.stop()
        try await bench.postgres.sql(change)
        try await bench.history.launch()
        let code = try await bench.history.waitForEnd(within: .seconds(60))
        let output = await bench.history.output
        try await bench.stop()
        return (code, output)
    }

    @Test func aNewerSchemaEndsTheProcessWithTheRemedy() async throws {
        let newer = Migration.all.count + 1
        let (code, output) = try await restart(
            "insert into history.migrations (version, name, checksum) values (\(newer), 'later', '0')")
        #expect(code == 1)
        #expect(output.contains("the database's schema is at version \(newer) and this history knows up to"))
        #expect(output.contains("run a newer history"))
        #expect(!output.contains("Fatal error"))
    }

    @Test func aMigrationThatWasAnotherEndsTheProcessAndIsNamed() async throws {
        let (code, output) = try await restart("update history.migrations set checksum = 'x' where version = 2")
        #expect(code == 1)
        #expect(output.contains("migration 2 (canaries) was applied to the database with other contents"))
    }
}
