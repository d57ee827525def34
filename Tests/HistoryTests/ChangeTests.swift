import Messaging
import Postgres
import RedisStreams
import ServiceRuntime
import Testing

@testable import History

/// Who may change which message, and what it does, in a real Postgres.
@Suite struct ChangeTests {
    private static let day: Int64 = 86_400_000

    private func request(
        _ kind: String, _ conversation: String, _ message: Int64, by user: String, at: Int64, data: String = "2",
        isAdmin: Bool = false
    ) throws -> ChangeRequest {
        var parts = [
            "type", kind, "conversation", conversation, "from", user, "device", "phone", "n", "7", "data",
            kind == "edit" ? data : "", "message", "\(message)-0",
        ]
        if isAdmin { parts += ["admin", "1"] }
        let entry = StreamEntry(
            id: MessageID(milliseconds: UInt64(at), sequence: 0), fields: StreamFields(parts.map { Array($0.utf8) }))
        return try #require(try ChangeRequest(entry))
    }

    private func apply(
        _ database: TestDatabase, _ requests: [ChangeRequest], _ rules: ChangeRules = ChangeRules()
    ) async throws -> [ChangeVerdict] {
        try await database.execute(ApplyChanges(requests: requests, rules: rules))
    }

    private func row(_ database: TestDatabase, _ conversation: String, _ id: Int64) async throws -> MessageRow? {
        let key = try await database.execute(AccessQuery(conversation: conversation, user: ""))[0].key
        return try await database.execute(OneMessage(conversation: key, id: StoredID(ms: id, seq: 0))).first
    }

    private func text(_ row: MessageRow?) -> String? { row.map { String(decoding: $0.data, as: UTF8.self) } }

    @Test func whatMayBeChangedSaysSomethingElseAndThenNothing() async throws {
        let database = try await TestDatabase.migrated()
        try await database.store([message("dm:a:b", from: "a", november)])
        let edit = try request("edit", "dm:a:b", november, by: "a", at: november + 5, data: #""new""#)
        #expect(try await apply(database, [edit]) == [.done])
        let edited = try await row(database, "dm:a:b", november)
        #expect(text(edited) == #""new""# && edited?.change == .edited(november + 5))
        let deletion = try request("delete", "dm:a:b", november, by: "a", at: november + 6)
        #expect(try await apply(database, [deletion]) == [.done])
        let deleted = try await row(database, "dm:a:b", november)
        #expect(text(deleted) == "null" && deleted?.change == .deleted(november + 6) && deleted?.from == "a")
        let late = try request("edit", "dm:a:b", november, by: "a", at: november + 7)
        #expect(try await apply(database, [late]) == [.deleted])
        #expect(text(try await row(database, "dm:a:b", november)) == "null")
    }

    @Test func everyRefusalHasItsReasonAndChangesNothing() async throws {
        let database = try await TestDatabase.migrated()
        try await database.store([
            message("dm:a:b", from: "a", november),
            change("g", MembershipChange(operation: .replace, name: "g", members: ["a", "c"]), november + 1),
            message("group:g", from: "c", november + 2),
            change("g", MembershipChange(operation: .remove, members: ["c"]), november + 3),
            message("topic:t", from: "a", november + 4),
        ])
        let at = november + 100
        let cases: [(ChangeRequest, ChangeVerdict)] = [
            (try request("edit", "dm:a:b", november, by: "b", at: at), .author),
            (try request("edit", "dm:a:b", november, by: "eve", at: at + 1), .stranger),
            (try request("delete", "dm:a:b", november + 50, by: "a", at: at + 2), .unknown),
            (try request("delete", "dm:x:y", november, by: "x", at: at + 3), .unknown),
            (try request("edit", "group:g", november + 2, by: "c", at: at + 4), .stranger),
            (try request("edit", "group:g", november + 2, by: "a", at: at + 5), .author),
            (try request("edit", "topic:t", november + 4, by: "b", at: at + 6), .author),
            (try request("edit", "dm:a:b", november, by: "a", at: november + Self.day + 1), .late),
            (try request("delete", "dm:a:b", november, by: "a", at: november + Self.day + 1), .late),
        ]
        #expect(try await apply(database, cases.map(\.0)) == cases.map(\.1))
        for (conversation, id) in [("dm:a:b", november), ("group:g", november + 2), ("topic:t", november + 4)] {
            let row = try await row(database, conversation, id)
            #expect(text(row) == "1" && row?.change == nil)
        }
    }

    @Test func whoJoinedLaterChangesNothingOfBefore() async throws {
        let database = try await TestDatabase.migrated()
        try await database.store([
            change("g", MembershipChange(operation: .replace, name: "g", members: ["a"]), november),
            message("group:g", from: "a", november + 1),
            change("g", MembershipChange(operation: .remove, members: ["a"]), november + 2),
            change("g", MembershipChange(operation: .add, members: ["b"]), november + 3),
        ])
        let request = try request("edit", "group:g", november + 1, by: "b", at: november + 9)
        #expect(try await apply(database, [request]) == [.unknown])
    }

    @Test func anAdminMayAlways() async throws {
        let database = try await TestDatabase.migrated()
        try await database.store([message("dm:a:b", from: "a", november)])
        var rules = ChangeRules()
        rules.editWindow = .zero
        rules.deleteWindow = .zero
        let own = try request("edit", "dm:a:b", november, by: "a", at: november + 1)
        let edit = try request("edit", "dm:a:b", november, by: "root", at: november + 9 * Self.day, isAdmin: true)
        let deletion = try request(
            "delete", "dm:a:b", november, by: "root", at: november + 9 * Self.day + 1, isAdmin: true)
        #expect(try await apply(database, [own, edit, deletion], rules) == [.late, .done, .done])
    }

    @Test func aRepeatGetsTheSameVerdictsAlsoWhenLaterChangesHaveBeenApplied() async throws {
        let database = try await TestDatabase.migrated()
        try await database.store([message("dm:a:b", from: "a", november)])
        var requests: [ChangeRequest] = []
        for number in 1...3 {
            requests.append(
                try request("edit", "dm:a:b", november, by: "a", at: november + Int64(number), data: "\(number)"))
        }
        requests.append(try request("delete", "dm:a:b", november, by: "a", at: november + 4))
        requests.append(try request("edit", "dm:a:b", november, by: "a", at: november + 5, data: "5"))
        let verdicts: [ChangeVerdict] = [.done, .done, .done, .done, .deleted]
        for count in 1...5 {
            #expect(try await apply(database, Array(requests[..<count])) == Array(verdicts[..<count]))
            let row = try await row(database, "dm:a:b", november)
            #expect(text(row) == (count < 4 ? "\(count)" : "null"))
        }
        // One that was put aside and comes late gives way to what was asked later.
        #expect(try await apply(database, [requests[1]]) == [.done])
        #expect(try await row(database, "dm:a:b", november)?.change == .deleted(november + 4))
    }

    @Test func originalsAreKeptIfThatIsWantedEachOnce() async throws {
        for keeps in [false, true] {
            let database = try await TestDatabase.migrated()
            try await database.store([message("dm:a:b", from: "a", november)])
            var rules = ChangeRules()
            rules.keepsOriginals = keeps
            let requests = [
                try request("edit", "dm:a:b", november, by: "a", at: november + 1, data: "2"),
                try request("delete", "dm:a:b", november, by: "a", at: november + 2),
            ]
            for _ in 0..<2 { _ = try await apply(database, requests, rules) }
            let kept = try await database.execute(Originals())
            #expect(kept == (keeps ? ["1", "2"] : []))
        }
    }

    @Test func aTombstoneStaysInEveryAnswer() async throws {
        let database = try await TestDatabase.migrated()
        try await database.store([
            message("dm:a:b", from: "a", november), message("dm:a:b", from: "a", november + 1),
        ])
        let deletion = try request("delete", "dm:a:b", november + 1, by: "a", at: november + 9)
        #expect(try await apply(database, [deletion]) == [.done])
        let key = try await database.execute(AccessQuery(conversation: "dm:a:b", user: ""))[0].key
        let after = try await database.execute(MessagesAfter(conversation: key, intervals: [.all], limit: 10))
        let before = try await database.execute(MessagesBefore(conversation: key, intervals: [.all], limit: 10))
        let sync = try await database.execute(SyncQuery(user: "b", after: .zero, through: .last, limit: 10))
        let conversations = try await database.execute(ConversationsQuery(user: "b", before: .last, limit: 10))
        let deleted = MessageRow.Change.deleted(november + 9)
        #expect(after.map(\.change) == [nil, deleted])
        #expect(before.map(\.change) == [deleted, nil])
        #expect(sync.map(\.message.change) == [nil, deleted])
        #expect(conversations.map(\.last?.change) == [deleted])
        #expect(conversations.first?.unread == 2)
    }

    @Test func attachmentsAreStoredAndGoWithTheMessage() async throws {
        let database = try await TestDatabase.migrated()
        let parts = [
            "type", "message", "conversation", "dm:a:b", "from", "a", "device", "", "n", "0", "data", "1",
            "attachments", "[2]",
        ]
        let entry = StreamEntry(
            id: MessageID(milliseconds: UInt64(november), sequence: 0),
            fields: StreamFields(parts.map { Array($0.utf8) }))
        try await database.store([try #require(try IngestRecord(partition: 0, entry: entry))])
        #expect(try await row(database, "dm:a:b", november)?.attachments == Array("[2]".utf8))
        let edit = try request("edit", "dm:a:b", november, by: "a", at: november + 1)
        #expect(try await apply(database, [edit]) == [.done])
        #expect(try await row(database, "dm:a:b", november)?.attachments == Array("[2]".utf8))
        let deletion = try request("delete", "dm:a:b", november, by: "a", at: november + 2)
        #expect(try await apply(database, [deletion]) == [.done])
        #expect(try await row(database, "dm:a:b", november)?.attachments == [])
    }

    @Test func anAnswerSaysWhatTheRequestAsked() throws {
        let request = try request("edit", "dm:a:b", november, by: "a", at: november + 1, data: "[3]")
        let done = request.answer(.done)
        #expect(done.kind == .edited && done.data == Array("[3]".utf8) && done.from == "a" && done.n == 7)
        #expect(done.change?.message == StoredID(ms: november, seq: 0).id)
        #expect(done.change?.id == StoredID(ms: november + 1, seq: 0).id)
        for verdict in ChangeVerdict.allCases where verdict != .done {
            let refused = request.answer(verdict)
            #expect(refused.kind == .refused && refused.change?.code == verdict.code && verdict.code != nil)
            #expect(String(decoding: refused.data, as: UTF8.self).contains("field '"))
            #expect(refused.device == "phone")
            #expect(verdict.problem(isDeletion: true)?.detail.isEmpty == false)
        }
        #expect(try self.request("delete", "dm:a:b", 1, by: "a", at: 2).answer(.done).kind == .deleted)
    }

    @Test func onlyWhatAsksForAChangeIsARequest() throws {
        func entry(_ parts: String...) -> StreamEntry {
            StreamEntry(
                id: MessageID(milliseconds: 9, sequence: 0), fields: StreamFields(parts.map { Array($0.utf8) }))
        }
        let message = [
            "conversation", "dm:a:b", "from", "a", "device", "", "n", "0", "data", "1", "message", "5-0", "change",
            "6-0",
        ]
        for type in ["message", "edited", "deleted", "refused"] {
            let fields = StreamFields((["type", type] + message).map { Array($0.utf8) })
            #expect(try ChangeRequest(StreamEntry(id: .last, fields: fields)).map(\.place) == nil)
        }
        for type in ["edited", "deleted", "refused", "edit", "delete"] {
            let fields = StreamFields((["type", type] + message).map { Array($0.utf8) })
            let id = MessageID(milliseconds: 9, sequence: 0)
            #expect(try IngestRecord(partition: 0, entry: StreamEntry(id: id, fields: fields)).map(\.source) == nil)
        }
        #expect(throws: IngestRejection.self) { try ChangeRequest(entry("type", "edit", "conversation", "dm:a:b")) }
        let replay = (["type", "replay", "group", "history", "id", "7-0", "users", "", "type", "edit"] + message)
            .map { Array($0.utf8) }
        let request = try #require(
            try ChangeRequest(
                StreamEntry(id: MessageID(milliseconds: 9, sequence: 0), fields: StreamFields(replay))))
        #expect(request.id == StoredID(ms: 7, seq: 0) && request.place == MessageID(milliseconds: 9, sequence: 0))
    }
}

/// What is kept of before changes, in order.
private struct Originals: PostgresStatement {
    static let name = "test_originals"
    static let sql = "select data from history.originals order by changed_ms"

    var parameters: [PostgresParameter] { [] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> String { try row.text(0) }
}
