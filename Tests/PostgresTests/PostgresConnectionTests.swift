import Logging
import TestStack
import Testing

@testable import Postgres

@Suite struct PostgresConnectionTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func connection(
        _ change: (inout PostgresConfiguration) -> Void = { _ in }
    ) async throws -> PostgresConnection {
        var configuration = try PostgresConfiguration(url: await TestDatabase.make(), applicationName: "test")
        change(&configuration)
        return PostgresConnection(configuration, logger: logger)
    }

    @Test func valuesComeBackAsTheyWereGiven() async throws {
        let connection = try await connection()
        for row in [
            Echo.Row(int8: .max, int4: .min, text: "größer 🙂", bool: true, isNull: true),
            Echo.Row(int8: -1, int4: 0, text: "", bool: false, isNull: true),
        ] {
            #expect(try await connection.execute(Echo(row: row)) == [row])
        }
    }

    @Test func arraysComeBackAsTheyWereGiven() async throws {
        let connection = try await connection()
        let rows = try await connection.execute(
            EchoArrays(
                int8: [1, -2, .max], int4: [7, 8, .min], text: [[], Array("ä,\"{}\\".utf8), Array("NULL".utf8)]))
        #expect(rows == [["1", "7", ""], ["-2", "8", "ä,\"{}\\"], ["\(Int64.max)", "\(Int32.min)", "NULL"]])
        #expect(try await connection.execute(EchoArrays(int8: [], int4: [], text: [])).isEmpty)
    }

    @Test func aBatchTakesEffectAsAWholeOrNotAtAll() async throws {
        let connection = try await connection()
        try await connection.script("create table things (id bigint primary key, text text)")
        #expect(
            try await connection.transaction([InsertThing(ids: [1, 2]), InsertThing(ids: [3]), CountThings()]) == [
                2, 1, 1,
            ])
        await #expect(throws: PostgresError.self) {
            try await connection.transaction([InsertThing(ids: [4]), InsertThing(ids: [5, 1]), InsertThing(ids: [6])])
        }
        #expect(try await connection.execute(CountThings()) == [3])
    }

    @Test func aTransactionIsRolledBackWhenItsBodyThrows() async throws {
        let connection = try await connection()
        try await connection.script("create table things (id bigint primary key, text text)")
        await #expect(throws: PostgresError.self) { try await connection.insertTwiceInATransaction() }
        #expect(try await connection.execute(CountThings()) == [0])
    }

    @Test func aLargeBatchNeitherBlocksNorLosesRows() async throws {
        let connection = try await connection()
        try await connection.script("create table things (id bigint primary key, text text)")
        let text = String(repeating: "x", count: 100_000)
        let statements = (0..<100).map { InsertThing(ids: [Int64($0)], text: text) }
        #expect(try await connection.transaction(statements) == Array(repeating: 1, count: 100))
        #expect(try await connection.execute(CountThings()) == [100])
    }

    @Test func aRefusalTellsItsKindAndCarriesNoValue() async throws {
        let connection = try await connection()
        try await connection.script("create table things (id bigint primary key, text text)")
        _ = try await connection.transaction([InsertThing(ids: [1])])
        let duplicate = await #expect(throws: PostgresError.self) {
            try await connection.transaction([InsertThing(ids: [1], text: "secret")])
        }
        #expect(duplicate?.sqlState == "23505")
        #expect(duplicate?.kind == .input)
        #expect(duplicate?.description.contains("things_pkey") == true)
        #expect(duplicate?.description.contains("secret") == false)
        let zero = await #expect(throws: PostgresError.self) {
            try await connection.transaction([InsertThing(ids: [2], text: "secret\0")])
        }
        #expect(zero?.kind == .input)
        #expect(zero?.description.contains("secret") == false)
        try await connection.script("drop table things")
        let missing = await #expect(throws: PostgresError.self) { try await connection.execute(CountThings()) }
        #expect(missing?.kind == .setup)
    }

    @Test func aStatementThatTakesTooLongIsEndedByTheServer() async throws {
        let connection = try await connection { $0.statementTimeout = .milliseconds(100) }
        let error = await #expect(throws: PostgresError.self) { try await connection.execute(Sleep(seconds: 30)) }
        #expect(error?.sqlState == "57014")
        #expect(error?.kind == .transient)
        #expect(try await connection.execute(BackendID()).count == 1)
    }

    @Test func aRowOfAnotherShapeIsAnErrorAndNotACrash() async throws {
        let connection = try await connection()
        let error = await #expect(throws: PostgresError.self) { try await connection.execute(Misread()) }
        #expect(error?.code == .unexpectedResult)
    }

    @Test func aLostConnectionIsMadeAgain() async throws {
        let connection = try await connection()
        let other = try await self.connection()
        let first = try await connection.execute(BackendID())[0]
        #expect(try await other.execute(EndBackend(id: first)) == [true])
        let second = try await connection.execute(BackendID())[0]
        #expect(first != second)
    }

    @Test func aConnectionLostUnderAStatementIsReportedAsSuch() async throws {
        let connection = try await connection()
        let other = try await self.connection()
        let id = try await connection.execute(BackendID())[0]
        let slow = Task { try await connection.execute(Sleep(seconds: 30)) }
        try await eventually("the statement is under way") { try await other.execute(IsAtWork(id: id)) == [true] }
        #expect(try await other.execute(EndBackend(id: id)) == [true])
        let error = await #expect(throws: PostgresError.self) { try await slow.value }
        #expect(error?.code == .disconnected)
        #expect(error?.kind == .transient)
    }

    @Test func aServerThatIsNotThereIsSaidSoAndLeftAloneForAWhile() async throws {
        let configuration = try PostgresConfiguration(
            url: "postgres://user:hunter2@127.0.0.1:1/none", applicationName: "test")
        let connection = PostgresConnection(configuration, logger: logger)
        for _ in 0..<2 {
            let error = await #expect(throws: PostgresError.self) { try await connection.execute(BackendID()) }
            #expect(error?.code == .disconnected)
            #expect(error?.kind == .transient)
            #expect(error?.description.contains("hunter2") == false)
        }
    }

    @Test func anUnknownDatabaseIsNotTakenForAServerThatIsStarting() async throws {
        let url = try await TestDatabase.url("absent")
        let connection = PostgresConnection(
            try PostgresConfiguration(url: url, applicationName: "test"), logger: logger)
        let error = await #expect(throws: PostgresError.self) { try await connection.execute(BackendID()) }
        #expect(error?.sqlState == "3D000")
        #expect(error?.kind == .setup)
    }

    @Test func aWrongPasswordIsASetupErrorAndIsNotRepeated() async throws {
        let server = try await PostgresServer.start(authentication: .scram)
        let url = server.url.replacing("correct%20horse", with: "hunter2")
        let connection = PostgresConnection(
            try PostgresConfiguration(url: url, applicationName: "test"), logger: logger)
        let error = await #expect(throws: PostgresError.self) { try await connection.execute(BackendID()) }
        #expect(error?.sqlState == "28P01")
        #expect(error?.kind == .setup)
        #expect(error?.description.contains("hunter2") == false)
        try await server.stop()
    }

    @Test(arguments: ["", "mysql://x", "postgres://user:hunter2@host:port/x", "postgres://u:hunter2@h/x?nonsense=1"])
    func aURLThatCannotBeReadIsRefusedWithoutRepeatingIt(url: String) {
        let error = #expect(throws: PostgresError.self) { try PostgresConfiguration(url: url, applicationName: "test") }
        #expect(error?.code == .configuration)
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test func thePlaceNamesNeitherUserNorPassword() throws {
        let configuration = try PostgresConfiguration(
            url: "postgres://user:hunter2@db.example:5433/switchboard?sslmode=require", applicationName: "test")
        #expect(configuration.place == "db.example:5433/switchboard")
    }
}

extension PostgresConnection {
    func insertTwiceInATransaction() throws(PostgresError) {
        try transaction { () throws(PostgresError) in
            _ = try execute(InsertThing(ids: [1]))
            _ = try execute(InsertThing(ids: [1]))
        }
    }
}
