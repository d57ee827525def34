import Logging
import TestStack
import Testing

@testable import Postgres

@Suite struct PostgresPoolTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func pool(size: Int, waiters: Int = 16, patience: Duration = .seconds(20)) async throws -> PostgresPool {
        let url = try await TestDatabase.url("switchboard")
        let configuration = try PostgresConfiguration(url: url, applicationName: "test")
        return PostgresPool(configuration, size: size, waiters: waiters, patience: patience, logger: logger)
    }

    @Test func manyCallersShareFewConnections() async throws {
        let pool = try await pool(size: 3, waiters: 200)
        let ids = try await withThrowingTaskGroup(of: Int32.self) { group in
            for _ in 0..<100 { group.addTask { try await pool.execute(BackendID())[0] } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect((1...3).contains(ids.count))
        #expect(pool.usage == (0, 0))
        await pool.close()
    }

    /// Does `body` while the only connection of the pool is in use, then ends that connection.
    private func whileInUse(_ pool: PostgresPool, _ body: () async throws -> Void) async throws {
        let id = try await pool.execute(BackendID())[0]
        let slow = Task { try await pool.execute(Sleep(seconds: 30)) }
        try await eventually("the connection is in use") { pool.usage.leased == 1 }
        try await body()
        let other = PostgresConnection(
            try PostgresConfiguration(url: try await TestDatabase.url("switchboard"), applicationName: "test"),
            logger: logger)
        #expect(try await other.execute(EndBackend(id: id)) == [true])
        _ = try? await slow.value
        // The back-off may still be running.
        try await eventually("the pool works again") { (try? await pool.execute(BackendID()))?.count == 1 }
        await pool.close()
    }

    @Test func whoWaitsTooLongIsTurnedAway() async throws {
        let pool = try await pool(size: 1, patience: .milliseconds(50))
        try await whileInUse(pool) {
            let error = await #expect(throws: PostgresError.self) { try await pool.execute(BackendID()) }
            #expect(error?.code == .overloaded)
        }
    }

    @Test func tooManyWaitersAreTurnedAwayAtOnce() async throws {
        let pool = try await pool(size: 1, waiters: 0)
        try await whileInUse(pool) {
            let error = await #expect(throws: PostgresError.self) { try await pool.execute(BackendID()) }
            #expect(error?.code == .overloaded)
        }
    }

    @Test func aCancelledWaiterLeavesTheLine() async throws {
        let pool = try await pool(size: 1)
        try await whileInUse(pool) {
            let waiter = Task { try await pool.execute(BackendID()) }
            try await eventually("it waits") { pool.usage.waiting == 1 }
            waiter.cancel()
            _ = try? await waiter.value
            #expect(pool.usage.waiting == 0)
        }
    }

    @Test func aClosedPoolLetsNobodyIn() async throws {
        let pool = try await pool(size: 1)
        _ = try await pool.execute(BackendID())
        await pool.close()
        let error = await #expect(throws: PostgresError.self) { try await pool.execute(BackendID()) }
        #expect(error?.code == .closed)
    }

    @Test func aReadSurvivesARestartOfTheServer() async throws {
        let server = try await PostgresServer.start(authentication: .scram)
        let configuration = try PostgresConfiguration(url: server.url, applicationName: "test")
        let pool = PostgresPool(configuration, size: 2, logger: logger)
        let row = Echo.Row(int8: 1, int4: 2, text: "three", bool: true, isNull: true)
        #expect(try await pool.execute(Echo(row: row)) == [row])
        try await server.kill()
        await #expect(throws: PostgresError.self) { try await pool.execute(Echo(row: row)) }
        try await server.restart()
        // The back-off may still be running.
        try await eventually("the pool works again") { (try? await pool.execute(Echo(row: row))) == [row] }
        await pool.close()
        try await server.stop()
    }
}
