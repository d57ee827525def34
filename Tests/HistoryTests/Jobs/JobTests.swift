import Messaging
import Postgres
import RedisStreams
import Testing

@testable import History

/// Jobs and what erasures do to the database, against a real Postgres.
@Suite struct JobTests {
    @Test func aJobAskedForAgainWhileItIsOpenIsTheSameOne() async throws {
        let database = try await TestDatabase.migrated()
        let first = try #require(try await database.execute(AddJob(kind: "erase", argument: "bob", limit: 10)).first)
        #expect(first.state == .waiting)
        #expect(first.created > 0 && first.error == nil && first.total == nil)
        let again = try await database.execute(AddJob(kind: "erase", argument: "bob", limit: 10)).first
        #expect(again == first)
        let other = try await database.execute(AddJob(kind: "erase", argument: "carol", limit: 10)).first
        #expect(other != nil && other?.id != first.id)
        var done = first
        done.state = .done
        _ = try await database.connection.transaction([UpdateJob(job: done)])
        let new = try await database.execute(AddJob(kind: "erase", argument: "bob", limit: 10)).first
        #expect(new != nil && new?.id != first.id)
    }

    @Test func soManyAreOpenAtOnceAndNotMore() async throws {
        let database = try await TestDatabase.migrated()
        for number in 0..<3 {
            #expect(try await database.execute(AddJob(kind: "erase", argument: "u\(number)", limit: 3)).count == 1)
        }
        #expect(try await database.execute(AddJob(kind: "erase", argument: "u3", limit: 3)).isEmpty)
        #expect(try await database.execute(AddJob(kind: "erase", argument: "u2", limit: 3)).count == 1)
        #expect(try await database.execute(OpenJobs()) == [3])
    }

    @Test func theOldestIsNextAndItsStateComesBackAsItWasWritten() async throws {
        let database = try await TestDatabase.migrated()
        let first = try await database.execute(AddJob(kind: "erase", argument: "bob", limit: 10))[0]
        _ = try await database.execute(AddJob(kind: "erase", argument: "carol", limit: 10))
        var job = first
        job.state = .running
        job.step = #"{"phase":"messages"}"#
        (job.progress, job.total, job.error, job.failures) = (10, 20, "the log is full", 2)
        _ = try await database.connection.transaction([UpdateJob(job: job)])
        var next = try #require(try await database.execute(NextJob()).first)
        next.updated = job.updated
        #expect(next == job)
        job.state = .done
        (job.error, job.total) = (nil, nil)
        _ = try await database.connection.transaction([UpdateJob(job: job)])
        #expect(try await database.execute(NextJob())[0].argument == "carol")
        let done = try await database.execute(OneJob(id: first.id))[0]
        #expect(done.error == nil)
        // What was known stays known.
        #expect(done.total == 20)
    }

    @Test func whatIsDoneIsRemovedAfterAWhileAndWhatIsNotStays() async throws {
        let database = try await TestDatabase.migrated()
        for number in 0..<6 {
            var job = try await database.execute(AddJob(kind: "erase", argument: "u\(number)", limit: 10))[0]
            if number < 5 { job.state = number % 2 == 0 ? .done : .failed }
            _ = try await database.connection.transaction([UpdateJob(job: job)])
        }
        _ = try await database.connection.transaction([PruneJobs(milliseconds: 1_000_000, kept: 100)])
        #expect(try await database.execute(OneJob(id: 1)).count == 1)
        _ = try await database.connection.transaction([PruneJobs(milliseconds: 1_000_000, kept: 3)])
        for id in 1...6 { #expect(try await database.execute(OneJob(id: Int64(id))).count == (id > 3 ? 1 : 0)) }
        try await database.connection.script("update history.jobs set updated = 0")
        _ = try await database.connection.transaction([PruneJobs(milliseconds: 1_000_000, kept: 100)])
        for id in 1...6 { #expect(try await database.execute(OneJob(id: Int64(id))).count == (id == 6 ? 1 : 0)) }
    }

    @Test func aStepComesBackAsItWas() throws {
        var step = ErasureStep()
        step.begin(.messages)
        step.awaited = [3: "17-0", 15: "18-2"]
        step.isWaiting = true
        step.through = november
        step.place = .init(conversation: 7, ms: november, seq: 3, member: "bob")
        #expect(try ErasureStep(step.text) == step)
        #expect(try ErasureStep("") == ErasureStep())
        #expect(throws: (any Error).self) { try ErasureStep("nonsense") }
    }

    @Test func messagesOfAUserBecomeTombstonesSliceBySliceAndNothingElseChanges() async throws {
        let database = try await TestDatabase.migrated()
        for name in ["dm:a:b", "group:g", "topic:t"] {
            try await database.store(
                (0..<30).map { message(name, from: $0 % 3 == 0 ? "a" : "b", november + Int64($0), data: "\"\($0)\"") })
        }
        var place = ErasureStep.Place()
        var (looked, erased) = (0, 0)
        while true {
            let row = try await database.execute(
                EraseMessages(user: "a", through: november + 20, after: place, limit: 7))[0]
            looked += row.looked
            erased += row.erased
            guard row.looked == 7, let last = row.last else { break }
            place = last
        }
        #expect(looked == 90)
        #expect(erased == 21)
        // Again: there is nothing left to do.
        let again = try await database.execute(
            EraseMessages(user: "a", through: november + 20, after: .init(), limit: 1000))
        #expect(again[0].erased == 0)
        let key = try await database.execute(AccessQuery(conversation: "topic:t", user: "a"))[0].key
        let rows = try await database.execute(MessagesAfter(conversation: key, intervals: [.all], limit: 100))
        for (number, row) in rows.enumerated() {
            let isErased = number % 3 == 0 && number <= 20
            #expect(String(decoding: row.data, as: UTF8.self) == (isErased ? "null" : "\"\(number)\""))
        }
    }

    @Test func marksAndMembershipsOfAUserGoAndThoseOfOthersStay() async throws {
        let database = try await TestDatabase.migrated()
        try await database.store([
            change("g", .init(operation: .replace, members: ["a", "b"]), november),
            message("dm:a:b", from: "a", november + 1),
            read("group:g", by: "a", "\(november)-0", at: november + 2),
            read("group:g", by: "b", "\(november)-0", at: november + 2),
            change("g", .init(operation: .remove, members: ["a"]), november + 3),
        ])
        let marks = try await database.execute(EraseMarks(user: "a", after: .init(), limit: 100))[0]
        #expect(marks.looked == 2)
        let key = try await database.execute(AccessQuery(conversation: "group:g", user: "b"))[0].key
        let left = try await database.execute(ReceiptsQuery(conversation: key, after: "", limit: 10))
        #expect(left.map(\.user) == ["b"])
        #expect(try await database.execute(EraseMemberships(user: "a", milliseconds: november + 10, limit: 100)) == [2])
        #expect(try await database.execute(EraseMemberships(user: "a", milliseconds: november + 10, limit: 100)) == [0])
        #expect(try await database.execute(AccessQuery(conversation: "group:g", user: "a"))[0].membership == nil)
        // In a direct conversation, what is said from now on.
        let direct = try await database.execute(AccessQuery(conversation: "dm:a:b", user: "a"))
        #expect(direct.map(\.membership) == [Interval(after: StoredID(ms: november + 10, seq: 0), before: .last)])
        // Also when a history that has forgotten the conversation meets it again.
        try await database.store([message("dm:a:b", from: "b", november + 20)])
        #expect(try await database.execute(AccessQuery(conversation: "dm:a:b", user: "a")).count == 1)
        #expect(try await database.execute(AccessQuery(conversation: "dm:a:b", user: "b"))[0].membership == .all)
    }

    @Test func whatIsReplayedOfAnErasedUserIsATombstoneAtOnce() async throws {
        let database = try await TestDatabase.migrated()
        try await database.store([message("dm:a:b", from: "a", november, data: "\"kept\"")])
        _ = try await database.connection.transaction([NoteErasure(user: "a", milliseconds: november + 10)])
        for (ms, from) in [(november + 1, "a"), (november + 2, "b"), (november + 11, "a")] {
            let log = LogEntry(
                kind: .message, conversation: .direct("a", "b"), from: from, device: "", n: 0, data: Array("1".utf8))
            let replay = ReplayEntry(
                group: "history", id: MessageID(milliseconds: UInt64(ms), sequence: 0), users: [],
                fields: StreamFields(log.fields))
            let entry = StreamEntry(
                id: MessageID(milliseconds: UInt64(november + 20), sequence: 0), fields: StreamFields(replay.parts))
            try await database.store([try #require(try IngestRecord(partition: 0, entry: entry))])
        }
        let key = try await database.execute(AccessQuery(conversation: "dm:a:b", user: "a"))[0].key
        let rows = try await database.execute(MessagesAfter(conversation: key, intervals: [.all], limit: 100))
        #expect(rows.map { String(decoding: $0.data, as: UTF8.self) } == ["\"kept\"", "null", "1", "1"])
    }
}
