import Logging
import Messaging
import Postgres
import TestStack
import Testing

@testable import History

/// What goes wrong with a database besides its being away: nothing is lost, readiness says why, and it goes on by itself.
@Suite struct IngestFaultTests {
    /// A session that may be idle in a transaction for as long as a test likes.
    private func session(_ bench: HistoryBench) throws -> PostgresConnection {
        var configuration = try PostgresConfiguration(url: bench.postgres.url, applicationName: "another")
        configuration.statementTimeout = .seconds(600)
        return PostgresConnection(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func anOrderlyRestartOfPostgresLosesNothing() async throws {
        let bench = try await HistoryBench.start()
        var sent = try await bench.send(HistoryBench.messages(3000))
        try await bench.postgres.stop()
        sent += try await bench.send(HistoryBench.messages(3000, from: 3000))
        try await bench.waitUntilUnready("postgres")
        try await bench.postgres.restart()
        try await bench.settle()
        try await bench.check(sent)
        try await bench.history.waitUntilReady()
        try await bench.stop()
    }

    @Test(.enabled("a disk to fill can be mounted") { await PostgresServer.diskObstacle() == nil })
    func aFullDiskIsWaitedOut() async throws {
        let bench = try await HistoryBench.start(disk: 24)
        var sent = try await bench.send(HistoryBench.messages(500))
        try await bench.settle()
        try await bench.postgres.fillDisk()
        // More than there is room for in the pages that are there already.
        let long = HistoryBench.messages(2000, from: 1000).map { entry in
            var entry = entry
            entry.data = Array("\"\(String(repeating: "x", count: 500))\"".utf8)
            return entry
        }
        sent += try await bench.send(long)
        try await bench.waitUntilUnready("ingest", "53100", "No space left on device")
        // Reading goes on meanwhile.
        #expect(try await bench.get("/v1/conversations", as: "a").status == 200)
        try await bench.postgres.freeDisk()
        try await bench.settle()
        try await bench.check(sent)
        try await bench.history.waitUntilReady()
        try await bench.stop()
    }

    @Test func aTableLockedForLongIsWaitedOut() async throws {
        let bench = try await HistoryBench.start()
        var sent = try await bench.send(HistoryBench.messages(100))
        try await bench.settle()
        let other = try session(bench)
        try await other.script("begin; lock table history.messages in access exclusive mode")
        sent += try await bench.send(HistoryBench.messages(3000, from: 100))
        try await bench.waitUntilUnready("ingest", "55P03", "lock")
        sent += try await bench.send(HistoryBench.messages(3000, from: 10_000))
        try await other.script("rollback")
        try await bench.settle()
        try await bench.check(sent)
        try await bench.history.waitUntilReady()
        try await bench.stop()
    }

    @Test func aLockedConversationHoldsUpItsWriterAlone() async throws {
        let bench = try await HistoryBench.start(["DATABASE_WRITERS": "2"])
        let conversations = (0..<20).map { Conversation("dm:a:b\($0)")! }
        var sent = try await bench.send(HistoryBench.messages(20))
        try await bench.settle()
        let held = bench.partition(conversations[0]) % 2
        let free = try #require(conversations.first { bench.partition($0) % 2 != held })
        let other = try session(bench)
        try await other.script("begin; update history.conversations set last_ms = last_ms where name = 'dm:a:b0'")
        sent += try await bench.send(HistoryBench.messages(200, from: 1000))
        func stored(_ conversation: Conversation) async throws -> Int {
            let rows = try await bench.postgres.sql(
                "select count(*) from history.messages m join history.conversations c on c.key = m.conversation where c.name = '\(conversation)'"
            )
            return Int(rows[0]) ?? 0
        }
        try await eventually("what is the other writer's is stored") { try await stored(free) == 11 }
        #expect(try await stored(conversations[0]) == 1)
        try await bench.waitUntilUnready("ingest", "55P03")
        try await other.script("rollback")
        try await bench.settle()
        try await bench.check(sent)
        try await bench.history.waitUntilReady()
        try await bench.stop()
    }

    @Test func aMigrationThatFailsIsTriedUntilWhatIsInItsWayIsGone() async throws {
        let bench = try await HistoryBench.start(startsHistory: false)
        try await bench.postgres.sql("create schema history; create table history.conversations (i integer)")
        try await bench.history.launch()
        let sent = try await bench.send(HistoryBench.messages(500))
        try await bench.waitUntilUnready("postgres", "migration 1 (log)", "already exists")
        #expect(try await bench.get("/v1/conversations", as: "a").status == 503)
        try await bench.postgres.sql("drop table history.conversations")
        try await bench.history.waitUntilReady()
        try await bench.settle()
        try await bench.check(sent)
        try await bench.stop()
    }
}
