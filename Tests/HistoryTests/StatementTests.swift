import Messaging
import Postgres
import RedisStreams
import Testing

@testable import History

/// The SQL against a real Postgres.
@Suite struct StatementTests {
    private func messages(
        _ database: TestDatabase, _ conversation: String, as user: String
    ) async throws -> [StoredID] {
        let rows = try await database.execute(AccessQuery(conversation: conversation, user: user))
        guard
            case .granted(let key, let intervals, _) = ConversationAccess(
                Conversation(conversation)!, user: user, rows: rows)
        else { return [] }
        return try await database.execute(MessagesAfter(conversation: key, intervals: intervals, limit: 100)).map(\.id)
    }

    @Test func whatIsStoredTwiceIsThereOnceAndTheFirstTimeCounts() async throws {
        let database = try await TestDatabase.migrated()
        let batch = (0..<10).map { message("dm:a:b", from: "a", november + Int64($0), data: "\"\($0)\"") }
        try await database.store(batch)
        try await database.store(batch.map { message("dm:a:b", from: "a", $0.id.ms, data: "\"other\"") })
        let key = try await database.execute(AccessQuery(conversation: "dm:a:b", user: "a"))[0].key
        let rows = try await database.execute(MessagesAfter(conversation: key, intervals: [.all], limit: 100))
        #expect(rows.map { String(decoding: $0.data, as: UTF8.self) } == (0..<10).map { "\"\($0)\"" })
    }

    @Test(arguments: [
        #"{"b":1,"a":2,"b":3}"#, #""\u0000""#, #" [ 1.0e5 , -0 ] "#, #""\ud83d\ude00 😀 \/""#, "\"\u{2028}\"", "null",
    ])
    func theClientsBytesComeBackAsTheyCame(data: String) async throws {
        let database = try await TestDatabase.migrated()
        try await database.store([message("dm:a:b", from: "a", november, data: data)])
        let key = try await database.execute(AccessQuery(conversation: "dm:a:b", user: "a"))[0].key
        let row = try await database.execute(OneMessage(conversation: key, id: StoredID(ms: november, seq: 0)))[0]
        #expect(row.data == Array(data.utf8))
        #expect(row.from == "a")
    }

    @Test func aTextThatPostgresDoesNotTakeIsRejectedBeforeItGetsThere() {
        for data in [[34, 0, 34], [34, 0xff, 34]] as [[UInt8]] {
            let parts = ["type", "message", "conversation", "dm:a:b", "from", "a", "device", "phone", "n", "1", "data"]
            let fields = parts.map { Array($0.utf8) } + [data]
            let entry = StreamEntry(id: MessageID(milliseconds: 1, sequence: 0), fields: StreamFields(fields))
            #expect(throws: IngestRejection.self) { try IngestRecord(partition: 0, entry: entry) }
        }
    }

    @Test func aBatchWithABadTextIsRefusedAsInput() async throws {
        let database = try await TestDatabase.migrated()
        _ = try await database.execute(MakePartition(milliseconds: Month(milliseconds: november).start))
        for data in [[34, 0, 34], [34, 0xff, 34]] as [[UInt8]] {
            var messages = AddMessages()
            messages.add("dm:a:b", id: StoredID(ms: november, seq: 0), from: "a", data: data)
            let error = await #expect(throws: PostgresError.self) {
                let good = HistoryBatch([message("dm:a:b", from: "a", november)]).statements
                _ = try await database.connection.transaction(good + [messages])
            }
            #expect(error?.kind == .input)
        }
        #expect(try await database.execute(AccessQuery(conversation: "dm:a:b", user: "a")).isEmpty)
    }

    @Test func theNewestCanaryOfAPartitionStaysAndAnOlderOneDoesNotReplaceIt() async throws {
        let database = try await TestDatabase.migrated()
        #expect(try await database.execute(CanariesQuery()).isEmpty)
        try await database.store([canary(partition: 2, november + 5), canary(partition: 0, november)])
        try await database.store([canary(partition: 2, november + 1), canary(partition: 0, november + 9)])
        let rows = try await database.execute(CanariesQuery())
        #expect(rows.map(\.partition) == [0, 2])
        #expect(rows.map(\.id.ms) == [november + 9, november + 5])
        #expect(rows.allSatisfy { $0.at > 0 })
    }

    @Test func aMemberReadsFromJoiningToLeavingEachTime() async throws {
        let database = try await TestDatabase.migrated()
        let entries = [
            change("g", .init(operation: .replace, members: ["alice", "bob"]), november + 10),
            message("group:g", from: "alice", november + 11),
            change("g", .init(operation: .add, members: ["carol", "bob"]), november + 20),
            message("group:g", from: "alice", november + 21),
            change("g", .init(operation: .remove, members: ["bob"]), november + 30),
            message("group:g", from: "alice", november + 31),
            change("g", .init(operation: .add, members: ["bob"]), november + 40),
            message("group:g", from: "alice", november + 41),
            change("g", .init(operation: .replace, members: ["bob", "dave"]), november + 50),
            message("group:g", from: "bob", november + 51),
            change("g", .init(operation: .delete), november + 60),
            message("group:g", from: "bob", november + 61),
        ]
        // As one batch, entry by entry, and all over again from any point: the outcome is the same.
        try await database.store(Array(entries[..<5]))
        for entry in entries[5...] { try await database.store([entry]) }
        for start in entries.indices { try await database.store(Array(entries[start...])) }
        func times(_ user: String) async throws -> [Int64] {
            try await messages(database, "group:g", as: user).map { $0.ms - november }
        }
        #expect(try await times("alice") == [11, 21, 31, 41])
        #expect(try await times("bob") == [11, 21, 41, 51])
        #expect(try await times("carol") == [21, 31, 41])
        #expect(try await times("dave") == [51])
        #expect(try await times("mallory") == [])
        let rows = try await database.execute(AccessQuery(conversation: "group:g", user: "mallory"))
        #expect(rows.count == 1 && rows[0].membership == nil)
    }

    @Test func whatIsStoredAfterMembersWereLookedUpIsNotShownByThatLook() async throws {
        let database = try await TestDatabase.migrated()
        try await database.store([
            change("g", .init(operation: .replace, members: ["alice", "bob"]), november + 10),
            message("group:g", from: "alice", november + 11),
        ])
        let rows = try await database.execute(AccessQuery(conversation: "group:g", user: "bob"))
        // The batch in between takes bob out, and has what is said then.
        try await database.store([
            change("g", .init(operation: .remove, members: ["bob"]), november + 20),
            message("group:g", from: "alice", november + 21),
        ])
        guard case .granted(let key, let intervals, _) = ConversationAccess(.group("g"), user: "bob", rows: rows) else {
            Issue.record("bob was a member")
            return
        }
        let page = try await database.execute(MessagesAfter(conversation: key, intervals: intervals, limit: 100))
        #expect(page.map(\.id.ms) == [november + 11])
    }

    @Test func aMemberOfAGroupInWhichNothingWasSaidMayReadIt() async throws {
        let database = try await TestDatabase.migrated()
        try await database.store([change("g", .init(operation: .replace, members: ["alice"]), november)])
        let rows = try await database.execute(AccessQuery(conversation: "group:g", user: "alice"))
        guard case .granted(_, let intervals, let isMember) = ConversationAccess(.group("g"), user: "alice", rows: rows)
        else {
            Issue.record("alice is a member")
            return
        }
        #expect(intervals.isEmpty)
        // Nothing to read yet, and yet a member.
        #expect(isMember)
    }

    @Test func aChangeThatTheRouterIgnoresIsIgnoredHereToo() async throws {
        let database = try await TestDatabase.migrated()
        let many = (0..<99_999).map { "u\($0)" }
        let entries = [
            change("never", .init(operation: .add, members: ["bob"]), november + 1),
            change("gone", .init(operation: .replace, members: ["alice"]), november + 2),
            change("gone", .init(operation: .delete), november + 3),
            change("gone", .init(operation: .add, members: ["bob"]), november + 4),
            change("empty", .init(operation: .replace, members: ["alice"]), november + 5),
            change("empty", .init(operation: .remove, members: ["alice"]), november + 6),
            change("empty", .init(operation: .add, members: ["bob"]), november + 7),
            change("full", .init(operation: .replace, members: many), november + 8),
            change("full", .init(operation: .add, members: ["bob", "carol"]), november + 9),
            change("full", .init(operation: .add, members: ["dave", "u1"]), november + 10),
            change("full", .init(operation: .replace, members: many + ["x", "y"]), november + 11),
        ]
        for _ in 0..<2 { try await database.store(entries) }
        func isMember(_ user: String, _ group: String) async throws -> Bool {
            try await database.execute(AccessQuery(conversation: "group:\(group)", user: user)).contains {
                $0.membership != nil
            }
        }
        #expect(try await database.execute(AccessQuery(conversation: "group:never", user: "bob")).isEmpty)
        #expect(try await !isMember("bob", "gone"))
        #expect(try await isMember("bob", "empty"))
        #expect(try await !isMember("bob", "full"))
        #expect(try await isMember("dave", "full"))
        #expect(try await !isMember("x", "full"))
        #expect(try await isMember("u5", "full"))
    }

    @Test func aReadMarkOnlyGrowsAndIsNeverAheadOfTheLog() async throws {
        let database = try await TestDatabase.migrated()
        try await database.store([message("dm:a:b", from: "a", november)])
        try await database.store([
            read("dm:a:b", by: "b", "\(november)-0", at: november + 5),
            read("dm:x:y", by: "x", "5-0", at: november + 6),
        ])
        try await database.store([read("dm:a:b", by: "b", "7-0", at: november + 7)])
        try await database.store([read("dm:a:b", by: "a", "99999999999999-0", at: november + 8)])
        let key = try await database.execute(AccessQuery(conversation: "dm:a:b", user: "a"))[0].key
        let marks = try await database.execute(ReceiptsQuery(conversation: key, after: "", limit: 10))
        #expect(marks.map(\.user) == ["a", "b"])
        #expect(marks.map(\.id) == [StoredID(ms: november + 8, seq: 0), StoredID(ms: november, seq: 0)])
        #expect(marks.map(\.at) == [november + 8, november + 5])
        #expect(
            try await database.execute(ReceiptsQuery(conversation: key, after: "a", limit: 10)).map(\.user) == ["b"])
        #expect(try await database.execute(AccessQuery(conversation: "dm:x:y", user: "x")).isEmpty)
    }

    @Test func syncGivesEverythingOnceInOrderAcrossTies() async throws {
        let database = try await TestDatabase.migrated()
        // Three conversations whose ids tie: each partition of the log gives its own.
        var entries: [IngestRecord] = [change("g", .init(operation: .replace, members: ["a", "c"]), november - 5)]
        for time in 0..<20 {
            for conversation in ["dm:a:b", "dm:a:c", "group:g", "dm:b:c"] {
                entries.append(message(conversation, from: "c", november + Int64(time / 2), Int32(time % 2)))
            }
        }
        try await database.store(entries)
        for limit in [1, 2, 3, 7, 200] {
            var seen: [String] = []
            var after = StoredID.zero
            while true {
                let rows = try await database.execute(
                    SyncQuery(user: "a", after: after, through: StoredID(ms: november + 8, seq: 0), limit: limit + 1))
                let page = Page(rows, limit: limit, id: \.message.id)
                seen += page.items.map { "\($0.message.id.id) \($0.conversation)" }
                guard let next = page.next else { break }
                after = next
            }
            // 17 ids up to the bound, in three conversations of a's.
            #expect(seen.count == 51)
            #expect(Set(seen).count == 51)
            #expect(seen.allSatisfy { !$0.contains("dm:b:c") })
        }
    }

    @Test func conversationsComeNewestFirstWithWhatIsUnread() async throws {
        let database = try await TestDatabase.migrated()
        try await database.store([
            message("dm:a:b", from: "a", november + 1), message("dm:a:b", from: "b", november + 2, data: "\"last\""),
            change("g", .init(operation: .replace, members: ["a", "b"]), november + 10),
            message("group:g", from: "b", november + 11), message("group:g", from: "b", november + 12),
            message("group:g", from: "a", november + 13),
            change("new", .init(operation: .replace, members: ["a"]), november + 20),
            change("left", .init(operation: .replace, members: ["a", "b"]), november + 21),
            message("group:left", from: "b", november + 22),
            change("left", .init(operation: .remove, members: ["a"]), november + 23),
            message("dm:a:a", from: "a", november + 3),
            read("group:g", by: "a", "\(november + 11)-0", at: november + 14),
        ])
        let rows = try await database.execute(ConversationsQuery(user: "a", before: .last, limit: 10))
        #expect(rows.map(\.conversation) == ["group:new", "group:g", "dm:a:a", "dm:a:b"])
        #expect(rows.map(\.unread) == [0, 1, 0, 1])
        #expect(rows.map { $0.last?.id.ms } == [nil, november + 13, november + 3, november + 2])
        #expect(rows[1].read == StoredID(ms: november + 11, seq: 0))
        let rest = try await database.execute(ConversationsQuery(user: "a", before: rows[1].place, limit: 1))
        #expect(rest.map(\.conversation) == ["dm:a:a"])
    }

    @Test func aNewMemberSeesNeitherOldMessagesNorThemAsUnread() async throws {
        let database = try await TestDatabase.migrated()
        try await database.store([
            change("g", .init(operation: .replace, members: ["a"]), november),
            message("group:g", from: "a", november + 1),
            change("g", .init(operation: .add, members: ["b"]), november + 2),
        ])
        let rows = try await database.execute(ConversationsQuery(user: "b", before: .last, limit: 10))
        #expect(rows.count == 1)
        #expect(rows[0].last == nil && rows[0].unread == 0)
    }

    @Test func manyUnreadAreCountedUpToABound() async throws {
        let database = try await TestDatabase.migrated()
        try await database.store((0..<2100).map { message("dm:a:b", from: "b", november, Int32($0)) })
        let row = try await database.execute(ConversationsQuery(user: "a", before: .last, limit: 1))[0]
        #expect(row.unread == 2000 && row.isCutShort)
    }

    @Test func messagesOfAConversationThatIsMissingAreRefusedWithAllThatIsWithThem() async throws {
        let database = try await TestDatabase.migrated()
        try await database.store([message("dm:a:b", from: "a", november), message("dm:c:d", from: "c", november)])
        // By hand: a repeat of the first, and then with one that nobody has entered, before and after it in the order of names.
        for missing in ["dm:a:a", "dm:z:z"] {
            var messages = AddMessages()
            messages.add("dm:a:b", id: StoredID(ms: november + 1, seq: 0), from: "a", data: Array("1".utf8))
            messages.add(missing, id: StoredID(ms: november + 1, seq: 0), from: "a", data: Array("2".utf8))
            messages.add("dm:c:d", id: StoredID(ms: november + 1, seq: 0), from: "a", data: Array("3".utf8))
            messages.sort()
            let error = await #expect(throws: PostgresError.self) {
                try await database.connection.transaction([messages])
            }
            #expect(error?.sqlState == "23502")
            #expect(error?.kind == .input)
        }
        #expect(try await self.messages(database, "dm:a:b", as: "a").map(\.ms) == [november])
    }

    @Test func theLastMessageOfAConversationOnlyMovesForward() async throws {
        let database = try await TestDatabase.migrated()
        try await database.store([message("dm:a:b", from: "a", november + 5, 3)])
        try await database.store([
            message("dm:a:b", from: "a", november + 5, 2), message("dm:a:b", from: "a", november),
        ])
        let rows = try await database.execute(ConversationsQuery(user: "a", before: .last, limit: 1))
        #expect(rows.map(\.place) == [StoredID(ms: november + 5, seq: 3)])
    }

    @Test func aMarkIsOnlyOfWhoWasInTheConversation() async throws {
        let database = try await TestDatabase.migrated()
        try await database.store([
            message("dm:a:b", from: "a", november), message("topic:t", from: "a", november),
            change("g", .init(operation: .replace, members: ["a", "b"]), november),
            change("g", .init(operation: .remove, members: ["b"]), november + 10),
        ])
        try await database.store([
            read("dm:a:b", by: "eve", "\(november)-0", at: november + 1),
            read("group:g", by: "eve", "\(november)-0", at: november + 1),
            read("group:g", by: "b", "\(november)-0", at: november + 5),
            read("topic:t", by: "eve", "\(november)-0", at: november + 1),
        ])
        try await database.store([read("group:g", by: "b", "\(november + 20)-0", at: november + 20)])
        func marks(_ conversation: String) async throws -> [String: Int64] {
            let key = try await database.execute(AccessQuery(conversation: conversation, user: "a"))[0].key
            let lines = try await database.execute(MarksProbe(conversation: key))
            return Dictionary(uniqueKeysWithValues: lines.map { ($0.user, $0.ms) })
        }
        #expect(try await marks("dm:a:b") == [:])
        #expect(try await marks("group:g") == ["b": november])
        #expect(try await marks("topic:t") == ["eve": november])
    }

    /// The marks themselves, whatever else receipts show.
    private struct MarksProbe: PostgresStatement {
        static let name = "marks_probe"
        static let sql = "select member, ms from history.marks where conversation = $1"
        let conversation: Int64

        var parameters: [PostgresParameter] { [.int8(conversation)] }

        static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> (user: String, ms: Int64) {
            (try row.text(0), try row.int8(1))
        }
    }

    /// Pages of every size against the plain truth: conversations of very different sizes, ids that are the same, memberships that came and went.
    @Test func syncIsTheOldestOfAllConversationsWhateverThePage() async throws {
        let database = try await TestDatabase.migrated()
        var generator = SystemRandomNumberGenerator()
        var entries: [IngestRecord] = []
        var truth: [String] = []
        for group in 0..<12 {
            // From a few to many, close together, so that many share an id.
            var isMember = false
            for number in 0..<(1 << (group % 8)) * 2 {
                let ms = november + Int64(number * 10)
                if number == 0 {
                    entries.append(change("g\(group)", .init(operation: .replace, members: ["x"]), ms))
                } else if Int.random(in: 0..<6, using: &generator) == 0 {
                    let operation: MembershipChange.Operation = isMember ? .remove : .add
                    entries.append(change("g\(group)", .init(operation: operation, members: ["a"]), ms))
                    isMember.toggle()
                }
                let place = ms + Int64.random(in: 1...3, using: &generator)
                entries.append(message("group:g\(group)", from: "x", place))
                if isMember { truth.append("\(place) group:g\(group)") }
            }
        }
        try await database.store(entries)
        for limit in [1, 2, 3, 7, 50, 1000] {
            var after = StoredID.zero
            var seen: [String] = []
            while true {
                let rows = try await database.execute(
                    SyncQuery(user: "a", after: after, through: .last, limit: limit + 1))
                let page = Page(rows, limit: limit, id: \.message.id)
                seen += page.items.map { "\($0.message.id.ms) \($0.conversation)" }
                guard let next = page.next else { break }
                after = next
            }
            #expect(seen == truth.sorted(), "pages of \(limit)")
        }
        let part = try await database.execute(
            SyncQuery(
                user: "a", after: StoredID(ms: november + 30, seq: 0), through: StoredID(ms: november + 90, seq: 0),
                limit: 1000))
        #expect(
            part.map { "\($0.message.id.ms) \($0.conversation)" }
                == truth.sorted().filter {
                    Int64($0.prefix(13))! > november + 30 && Int64($0.prefix(13))! <= november + 90
                })
    }

    @Test func eachMonthHasAPartitionMadeOnce() async throws {
        let database = try await TestDatabase.migrated()
        let url = database.url
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let connection = try TestDatabase.connection(url)
                    _ = try await connection.execute(MakePartition(milliseconds: november))
                }
            }
            try await group.waitForAll()
        }
        // The first and the last instant of months, a leap day, and years back and ahead.
        let times: [Int64] = [1, 951_782_400_000, 1_798_761_599_999, 1_798_761_600_000, 4_102_444_800_000]
        for time in times { try await database.store([message("dm:a:b", from: "a", time)]) }
        #expect(try await messages(database, "dm:a:b", as: "a").map(\.ms) == times)
    }

    @Test func aMessageWithoutAPartitionIsAnInputErrorThatStandsForItself() async throws {
        let database = try await TestDatabase.migrated()
        let error = await #expect(throws: PostgresError.self) {
            try await database.connection.transaction(HistoryBatch([message("dm:a:b", from: "a", november)]).statements)
        }
        #expect(error?.sqlState == "23514")
        #expect(error?.kind == .input)
    }
}
