import Messaging
import Postgres
import TestStack
import Testing

@testable import History

/// Batches that are stored as if all in them were new, and what becomes of those of which something is not.
@Suite struct NewMessagesTests {
    private func database() async throws -> TestDatabase {
        let database = try await TestDatabase.migrated()
        _ = try await database.execute(MakePartition(milliseconds: Month(milliseconds: november).start))
        return database
    }

    private func rows(_ database: TestDatabase) async throws -> [String] {
        let query = SyncQuery(user: "a", after: .zero, through: .last, limit: 1000)
        return try await database.execute(query).map {
            "\($0.conversation) \($0.message.id.ms - november)-\($0.message.id.seq) \(String(decoding: $0.message.data, as: UTF8.self))"
        }
    }

    @Test func whatIsNewIsStoredAsByTheOtherWay() async throws {
        let records = [
            message("dm:a:b", from: "a", november + 1, data: "1"),
            message("dm:a:c", from: "c", november + 2, data: "2"),
            message("dm:a:b", from: "b", november + 2, 7, data: "3"),
        ]
        let (one, other) = try await (database(), database())
        let batch = HistoryBatch(records)
        #expect(batch.messageCount == 3)
        #expect(
            batch.statementsForNew.map { type(of: $0).name }
                == batch.statements.map { $0 is AddMessages ? "add_new_messages" : type(of: $0).name })
        let counts = try await one.connection.transaction(batch.statementsForNew)
        #expect(try await counts == other.connection.transaction(batch.statements))
        let stored = try await rows(one)
        #expect(stored == ["dm:a:b 1-0 1", "dm:a:c 2-0 2", "dm:a:b 2-7 3"])
        #expect(try await rows(other) == stored)
        let places = ConversationsQuery(user: "a", before: .last, limit: 9)
        #expect(try await one.execute(places).map(\.place) == other.execute(places).map(\.place))
        #expect(try await one.execute(PositionsQuery()).count == 1)
    }

    @Test func whereOneIsThereNothingIsDone() async throws {
        let database = try await database()
        try await database.store([message("dm:a:b", from: "a", november + 5, data: "\"first\"")])
        let before = try await database.execute(ConversationsQuery(user: "a", before: .last, limit: 9)).map(\.place)
        let again = HistoryBatch([
            message("dm:a:c", from: "a", november + 8), message("dm:a:b", from: "a", november + 5, data: "\"again\""),
            message("dm:a:b", from: "a", november + 9),
        ])
        let error = await #expect(throws: PostgresError.self) {
            try await database.connection.transaction(again.statementsForNew)
        }
        #expect(error?.isRepeat == true)
        #expect(error?.description.contains("again") == false)
        #expect(try await rows(database) == ["dm:a:b 5-0 \"first\""])
        #expect(
            try await database.execute(ConversationsQuery(user: "a", before: .last, limit: 9)).map(\.place) == before)
        // The same connection goes on, and the other way stores what is not there.
        #expect(try await database.connection.transaction(again.statements).contains(2))
        #expect(try await rows(database) == ["dm:a:b 5-0 \"first\"", "dm:a:c 8-0 1", "dm:a:b 9-0 1"])
    }

    @Test func aMessageTwiceInABatchIsARepeatToo() async throws {
        let database = try await database()
        let batch = HistoryBatch([message("dm:a:b", from: "a", november), message("dm:a:b", from: "a", november)])
        let error = await #expect(throws: PostgresError.self) {
            try await database.connection.transaction(batch.statementsForNew)
        }
        #expect(error?.isRepeat == true)
        _ = try await database.connection.transaction(batch.statements)
        #expect(try await rows(database).count == 1)
    }

    @Test func ofAConversationThatIsMissingNothingIsStored() async throws {
        let database = try await database()
        try await database.store([message("dm:a:b", from: "a", november)])
        let batch = HistoryBatch(
            [message("dm:a:b", from: "a", november + 1), message("dm:a:c", from: "a", november + 1)],
            known: ["dm:a:b", "dm:a:c"])
        let error = await #expect(throws: PostgresError.self) {
            try await database.connection.transaction(batch.statementsForNew)
        }
        #expect(error?.sqlState == "23502")
        #expect(error?.isRepeat == false)
        #expect(try await rows(database).count == 1)
    }

    /// What ``BatchStore`` does, with the same entries from two sides at once, in other bounds.
    @Test func twoThatStoreTheSameAtOnceStoreItOnce() async throws {
        let database = try await database()
        let records = (0..<400).map { number in
            message("dm:a:b\(number % 7)", from: "a", november + Int64(number), data: "\(number)")
        }
        let stored = try await withThrowingTaskGroup(of: Int.self) { group in
            for size in [25, 40, 100] {
                let connection = try TestDatabase.connection(database.url)
                group.addTask {
                    var stored = 0
                    for start in stride(from: 0, to: records.count, by: size) {
                        let batch = HistoryBatch(Array(records[start..<start + size]))
                        var statements = batch.statementsForNew
                        let counts: [Int]
                        do {
                            counts = try await connection.transaction(statements)
                        } catch let error as PostgresError where error.isRepeat {
                            statements = batch.statements
                            counts = try await connection.transaction(statements)
                        }
                        let place = statements.firstIndex { $0 is AddMessages || $0 is AddNewMessages }
                        stored += counts[place ?? 0]
                    }
                    return stored
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(stored == 400)
        #expect(try await rows(database).count == 400)
    }

    @Test func whatAnotherHistoryStoredMeanwhileStaysAndTheRestIsStored() async throws {
        let bench = try await HistoryBench.start()
        var sent = try await bench.send(HistoryBench.messages(40))
        try await bench.settle()
        // From here on each writer takes what comes to be new. Half of it the other has been at, with an end of its own.
        let last = try #require(sent.map(\.0).max())
        var ids: [MessageID] = []
        for (number, entry) in HistoryBench.messages(60, from: 40).enumerated() {
            let id = MessageID(milliseconds: last.milliseconds + 1 + UInt64(number), sequence: 0)
            ids.append(id)
            guard number % 2 == 0 else { continue }
            try await bench.postgres.sql(
                """
                insert into history.messages (conversation, ms, seq, sender, data)
                select c.key, \(id.milliseconds), 0, 'a', '\(String(decoding: entry.data, as: UTF8.self))'
                from history.conversations c where c.name = '\(entry.conversation)'
                """)
        }
        for (id, entry) in zip(ids, HistoryBench.messages(60, from: 40)) {
            try await bench.append(entry, id: id)
            sent.append((id, entry))
        }
        sent += try await bench.send(HistoryBench.messages(200, from: 100))
        try await bench.settle()
        try await bench.check(sent)
        let metrics = try await HTTPClient.get(bench.history.url + "/metrics").text
        #expect(metrics.contains("history_rows_total \(sent.count - 30)"))
        #expect(metrics.contains("history_dead_letters_total{reason=\"refused\"} 0"))
        try await bench.stop()
    }
}
