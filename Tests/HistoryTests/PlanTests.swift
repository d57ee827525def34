import Postgres
import TestStack
import Testing

@testable import History

/// The plans that Postgres makes for the queries, on tables large enough to matter: no table is read from end to end, and no order is
/// made by sorting messages.
@Suite struct PlanTests {
    /// 6 months, 300 conversations, 60,000 messages, 300 users; a is in all groups.
    private static let server = Task {
        let server = try await PostgresServer.start()
        let database = try TestDatabase(url: server.url)
        _ = try await database.connection.migrate(Migration.all).get()
        _ = try await database.execute(SetSearchLanguage(language: "simple"))
        let months = (0..<6).map { Month(milliseconds: november).advanced(by: -$0) }
        for month in months { _ = try await database.execute(MakePartition(milliseconds: month.start)) }
        try await database.connection.script(
            """
            insert into history.conversations (name, last_ms, last_seq)
            select 'group:' || i, \(november), 0 from generate_series(1, 300) i;
            insert into history.members (conversation, member, joined_ms, joined_seq)
            select c.key, 'u' || u, 0, 0 from history.conversations c cross join generate_series(1, 300) u
            where (u + c.key) % 10 = 0;
            insert into history.members (conversation, member, joined_ms, joined_seq)
            select c.key, 'a', 0, 0 from history.conversations c where c.key % 50 = 0;
            insert into history.members (conversation, member, joined_ms, joined_seq)
            select c.key, 'all', 0, 0 from history.conversations c;
            insert into history.marks (conversation, member, ms, seq, at)
            select conversation, member, \(november), 0, \(november) from history.members;
            insert into history.messages (ms, conversation, seq, sender, data)
            select m.ms + i, c.key, 0, 'u' || i % 7, repeat('x', 100)
            from unnest(array[\(months.map { "\($0.start)" }.joined(separator: ","))]::bigint[]) m (ms)
            cross join generate_series(1, 34) i cross join history.conversations c;
            """)
        try await database.connection.script(
            """
            insert into history.words (ms, conversation, seq, words)
            select m.ms, m.conversation, m.seq, history.search_words(m.conversation, '"needle"') from history.messages m;
            """)
        for table in ["conversations", "members", "marks", "messages", "words"] {
            try await database.connection.script("vacuum analyze history.\(table)")
        }
        return server
    }

    /// The plan of a statement as it is made once for all parameters.
    private func plan(
        _ statement: any PostgresStatement, types: String, as parameters: [String: String] = Database.sessionParameters
    ) async throws -> String {
        let server = try await Self.server.value
        let values = types.split(separator: ", ").map { type in
            switch type {
            case "bigint": "\(november)"
            case "integer": "0"
            case "text": "'u1'"
            case "boolean": "true"
            default: "'{}'"
            }
        }.joined(separator: ", ")
        let settings = parameters.map { "set \($0) = '\($1)';" }.joined()
        let lines = try await server.sql(
            "\(settings) prepare s (\(types)) as \(type(of: statement).sql); explain execute s(\(values))")
        return lines.joined(separator: "\n")
    }

    /// `sorts`: how many times something is sorted, which are pages and never more; nil: as it likes.
    private func check(_ plan: String, sorts: Int? = 0) {
        #expect(!plan.contains("Seq Scan on"), "\(plan)")
        let count = plan.split(separator: "Sort Key:", omittingEmptySubsequences: false).count - 1
        #expect(sorts == nil || count == sorts, "\(plan)")
        #expect(plan.contains("Index"), "\(plan)")
    }

    @Test func aPageOfAConversationReadsTheIndexInItsOrder() async throws {
        let query = MessagesBefore(conversation: 1, intervals: [.all], limit: 1)
        check(try await plan(query, types: "bigint, bigint[], integer[], bigint[], integer[], bigint"), sorts: 1)
        let after = MessagesAfter(conversation: 1, intervals: [.all], limit: 1)
        check(try await plan(after, types: "bigint, bigint[], integer[], bigint[], integer[], bigint"), sorts: 1)
    }

    @Test func oneMessageIsOneLookUp() async throws {
        check(try await plan(OneMessage(conversation: 1, id: .zero), types: "bigint, bigint, integer"))
    }

    @Test func accessAndReceiptsAreLookUps() async throws {
        check(try await plan(AccessQuery(conversation: "", user: ""), types: "text, text"), sorts: 1)
        // Two pages, of members and of readers, are made one.
        check(
            try await plan(ReceiptsQuery(conversation: 1, after: "", limit: 1), types: "bigint, text, bigint"), sorts: 1
        )
        check(try await plan(LastSaidQuery(conversation: 1, ids: []), types: "bigint, bigint[], integer[]"))
    }

    @Test func syncAndTheListOfConversationsStartFromTheUser() async throws {
        let sync = SyncQuery(user: "", after: .zero, through: .last, limit: 1)
        // The first few of each conversation, the page, and the page with its messages.
        check(try await plan(sync, types: "text, bigint, integer, bigint, integer, bigint"), sorts: 3)
        let list = ConversationsQuery(user: "", before: .last, limit: 1)
        check(try await plan(list, types: "text, bigint, integer, bigint"), sorts: 2)
    }

    @Test func aSearchReadsWordsAndConversationsInOneIndexOfOneMonth() async throws {
        let hits = SearchHitsQuery(
            query: "", scopes: [], month: Month(milliseconds: november), before: .last, limit: 1)
        let types =
            "text, bigint[], bigint[], bigint[], integer[], bigint[], integer[], bigint, bigint, bigint, integer, bigint"
        let plan = try await plan(hits, types: types, as: Database.searchParameters)
        // What is sorted is what the search meets in one month, down to a page.
        check(plan, sorts: 1)
        #expect(plan.contains("Bitmap Index Scan on words_2026_11_words_idx"), "\(plan)")
        #expect(!plan.contains("messages"), "\(plan)")
        #expect(plan.contains("Subplans Removed: 5"), "\(plan)")
        #expect(!plan.contains("_pkey"), "\(plan)")
    }

    @Test func indexingFollowsTheMessagesInTheirOrder() async throws {
        let next = IndexWords(holder: "", through: .last, limit: 1)
        // All tables but the one of one row.
        let plan = try await plan(next, types: "text, bigint, integer, bigint, boolean")
            .replacing("Seq Scan on search_index", with: "")
        check(plan)
        #expect(plan.contains("Index Scan using messages_2026_11_ms_seq_idx"), "\(plan)")
        // Whether a message is indexed already is looked up for each, and not read for all.
        #expect(!plan.contains("hashed"), "\(plan)")
        let stale = try await self.plan(IndexStaleWords(holder: "", limit: 1), types: "text, bigint")
            .replacing("Seq Scan on search_index", with: "")
        check(stale)
        check(
            try await self.plan(NoteLateWords(), types: "text[], bigint[], integer[]")
                .replacing("Seq Scan on search_index", with: ""))
    }

    @Test func aPageOfFindsIsLookUps() async throws {
        let page = SearchPageQuery(query: "", hits: [])
        check(try await plan(page, types: "text, bigint[], bigint[], integer[]", as: Database.searchParameters))
        check(try await plan(SearchScopeQuery(user: "", limit: 1), types: "text, bigint"))
    }

    /// The plan with what it came to.
    private func course(_ sql: String, types: String, values: String) async throws -> [String] {
        let settings = Database.sessionParameters.map { "set \($0) = '\($1)';" }.joined()
        return try await Self.server.value.sql(
            "\(settings) prepare s (\(types)) as \(sql); "
                + "explain (analyze, costs off, timing off, summary off) execute s(\(values))")
    }

    /// One is in 300 conversations with 204 messages each after the id: what is read goes by the conversations and the page, not by their product.
    @Test func aPageOfSyncDoesNotReadAPageOfEachConversation() async throws {
        let types = "text, bigint, integer, bigint, integer, bigint"
        let lines = try await course(SyncQuery.sql, types: types, values: "'all', 0, 0, \(november), 0, 51")
        let counts = lines.compactMap { line in
            line.firstMatch(of: #/actual rows=(\d+) loops=1\b/#).flatMap { Int($0.1) }
        }
        #expect(counts.max() ?? 0 <= 4 * 300, "\(lines.joined(separator: "\n"))")
        #expect(counts.first == 300, "all have a message in the first millisecond: the page has them all")
    }

    @Test func whereAllIsReadNothingIsLookedForThatIsUnread() async throws {
        let types = "text, bigint, integer, bigint"
        let lines = try await course(
            ConversationsQuery.sql, types: types, values: "'all', \(Int64.max), \(Int32.max), 50")
        let counting = lines.filter { $0.contains("Index Only Scan using messages_") }
        #expect(counting.count >= 6)
        #expect(counting.allSatisfy { $0.contains("never executed") }, "\(lines.joined(separator: "\n"))")
    }

    @Test func canariesAreReadInTheirOrder() async throws {
        let server = try await Self.server.value
        let plan = try await server.sql(
            Database.sessionParameters.map { "set \($0) = '\($1)';" }.joined() + "explain \(CanariesQuery.sql)")
        check(plan.joined(separator: "\n"))
    }

    @Test func positionsAreFewAndLookedUp() async throws {
        let server = try await Self.server.value
        let plan = try await server.sql(
            Database.sessionParameters.map { "set \($0) = '\($1)';" }.joined() + "explain \(PositionsQuery.sql)")
        check(plan.joined(separator: "\n"))
        check(
            try await self.plan(AdvancePositions(positions: LogPositions()), types: "integer[], bigint[], integer[]"),
            sorts: nil)
    }

    @Test func storingLooksConversationsUpByName() async throws {
        check(try await plan(AddConversations(), types: "text[]"), sorts: 1)
        let types = "text[], bigint[], integer[], integer[], bigint[], integer[], text[], text[]"
        check(try await plan(AddMessages(), types: types), sorts: nil)
        check(try await plan(AddNewMessages(messages: AddMessages()), types: types), sorts: nil)
        check(try await plan(AdvanceMarks(), types: "text[], text[], bigint[], integer[], bigint[]"))
        let join = JoinMembers(conversation: "", at: .zero, users: [])
        check(try await plan(join, types: "text, bigint, integer, text[]"))
        let add = AddMembers(conversation: "", at: .zero, users: [], limit: 1)
        check(try await plan(add, types: "text, bigint, integer, text[], bigint"), sorts: nil)
        let leave = LeaveMembers(conversation: "", at: .zero, users: [])
        check(try await plan(leave, types: "text, bigint, integer, text[]"))
        let leaveOthers = LeaveOtherMembers(conversation: "", at: .zero, users: [])
        check(try await plan(leaveOthers, types: "text, bigint, integer, text[]"))
    }
}
