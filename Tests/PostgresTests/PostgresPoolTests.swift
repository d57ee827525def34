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

    @Test func whoWaitsTooLongIsTurnedAway() async throws {
        let pool = try await pool(size: 1, patience: .milliseconds(50))
        async let slow = pool.execute(Sleep(seconds: 1))
        while pool.usage.leased == 0 { await Task.yield() }
        let error = await #expect(throws: PostgresError.self) { try await pool.execute(BackendID()) }
        #expect(error?.code == .overloaded)
        _ = try await slow
        #expect(try await pool.execute(BackendID()).count == 1)
        await pool.close()
    }

    @Test func tooManyWaitersAreTurnedAwayAtOnce() async throws {
        let pool = try await pool(size: 1, waiters: 0)
        async let slow = pool.execute(Sleep(seconds: 1))
        while pool.usage.leased == 0 { await Task.yield() }
        let error = await #expect(throws: PostgresError.self) { try await pool.execute(BackendID()) }
        #expect(error?.code == .overloaded)
        _ = try await slow
        await pool.close()
    }

    @Test func aCancelledWaiterLeavesTheLine() async throws {
        let pool = try await pool(size: 1)
        async let slow = pool.execute(Sleep(seconds: 1))
        while pool.usage.leased == 0 { await Task.yield() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = try? await pool.execute(BackendID()) }
            while pool.usage.waiting == 0 { await Task.yield() }
            group.cancelAll()
        }
        #expect(pool.usage.waiting == 0)
        _ = try await slow
        #expect(try await pool.execute(BackendID()).count == 1)
        await pool.close()
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
        var rows: [Echo.Row] = []
        while rows.isEmpty {
            rows = (try? await pool.execute(Echo(row: row))) ?? []
            await Task.yield()
        }
        #expect(rows == [row])
        await pool.close()
        try await server.stop()
    }
}
