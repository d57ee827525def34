import Messaging
import Postgres
import Testing

@testable import History

/// The index of words behind ingest, against a real Postgres.
@Suite struct WordIndexTests {
    private func database() async throws -> TestDatabase {
        let database = try await TestDatabase.migrated()
        _ = try await database.execute(SetSearchLanguage(language: "simple"))
        return database
    }

    private func said(_ ms: Int64, _ text: String = "needle", seq: Int32 = 0, in peer: String = "b") -> IngestRecord {
        message("dm:a:\(peer)", from: "a", november + ms, seq, data: "\"\(text)\"")
    }

    private func id(_ ms: Int64, _ seq: Int32 = 0) -> StoredID { StoredID(ms: november + ms, seq: seq) }

    /// When the messages were said that have a word in the index.
    private func indexed(_ database: TestDatabase, _ word: String = "needle") async throws -> [Int64] {
        let scopes = try await database.execute(SearchScopeQuery(user: "a", limit: 100))
        return try await database.execute(
            SearchHitsQuery(
                query: word, scopes: scopes, month: Month(milliseconds: november), before: .last, limit: 1000)
        ).map { $0.id.ms - november }.reversed()
    }

    @Test func storingIndexesNothingAndATurnTheNextOnes() async throws {
        let database = try await database()
        try await database.store((1...10).map { said($0) })
        #expect(try await indexed(database) == [])
        #expect(try await database.execute(SearchLease(holder: "h", duration: .seconds(60))).first?.isHeld == true)
        let first = try await database.execute(IndexWords(holder: "h", through: id(8), limit: 3))
        #expect(first == [.init(reached: id(3), messages: 3)])
        #expect(try await indexed(database) == [1, 2, 3])
        // Nothing past what is known to be stored, and there the place goes to it.
        let second = try await database.execute(IndexWords(holder: "h", through: id(8, 5), limit: 30))
        #expect(second == [.init(reached: id(8, 5), messages: 5)])
        #expect(try await indexed(database) == Array(1...8))
        #expect(try await database.execute(IndexWords(holder: "h", through: id(8, 5), limit: 30)) == [])
        #expect(try await database.execute(IndexWords(holder: "h", through: id(5), limit: 30)) == [])
        let terms = try await database.execute(SearchTermsQuery(query: "needle"))
        #expect(terms.first?.indexed == id(8, 5))
    }

    @Test func messagesOfOneIDAreIndexedTogether() async throws {
        let database = try await database()
        try await database.store((0..<6).map { said(Int64($0 / 3), in: "p\($0 % 3)") })
        _ = try await database.execute(SearchLease(holder: "h", duration: .seconds(60)))
        let turn = try await database.execute(IndexWords(holder: "h", through: id(100), limit: 2))
        #expect(turn == [.init(reached: id(0), messages: 3)])
    }

    @Test func aTimeOfSilenceMovesThePlaceNowAndThen() async throws {
        let database = try await database()
        _ = try await database.execute(SearchLease(holder: "h", duration: .seconds(60)))
        #expect(try await database.execute(IndexWords(holder: "h", through: id(0), limit: 9)).first?.reached == id(0))
        #expect(try await database.execute(IndexWords(holder: "h", through: id(4000), limit: 9)) == [])
        let later = try await database.execute(IndexWords(holder: "h", through: id(6000), limit: 9))
        #expect(later == [.init(reached: id(6000), messages: 0)])
    }

    @Test func onlyWhoHasTheLeaseIndexes() async throws {
        let database = try await database()
        try await database.store([said(1)])
        func asks(_ holder: String, _ duration: Duration = .seconds(60)) async throws -> Bool? {
            try await database.execute(SearchLease(holder: holder, duration: duration)).first?.isHeld
        }
        #expect(try await asks("one", .zero) == true)
        // It has run out at once.
        #expect(try await asks("two") == true)
        #expect(try await asks("one") == false)
        #expect(try await asks("two") == true)
        #expect(try await database.execute(IndexWords(holder: "one", through: id(9), limit: 9)) == [])
        #expect(try await database.execute(IndexStaleWords(holder: "one", limit: 9)) == [0])
        #expect(try await database.execute(IndexWords(holder: "two", through: id(9), limit: 9)).first?.messages == 1)
        // Without a search there is nothing to hold.
        _ = try await database.execute(SetSearchLanguage(language: nil))
        #expect(try await asks("two") == nil)
    }

    @Test func whatIsChangedOrRemovedIsIndexedAnew() async throws {
        let database = try await database()
        try await database.store((1...4).map { said($0) })
        try await database.indexWords()
        try await database.connection.script(
            """
            update history.messages set data = '"thimble"' where ms = \(november + 2);
            delete from history.messages where ms = \(november + 3);
            """)
        // The index does not know yet; but nobody is shown what is not there any more.
        #expect(try await indexed(database) == [1, 2, 3, 4])
        let scope = try await database.execute(SearchScopeQuery(user: "a", limit: 1))[0]
        let hits = (1...4).map { SearchHitsQuery.Row(conversation: scope.conversation, id: id($0)) }
        let page = try await database.execute(SearchPageQuery(query: "needle", hits: hits))
        #expect(page.map(\.message.id) == [id(1), id(4)])
        try await database.indexWords()
        #expect(try await indexed(database) == [1, 4])
        #expect(try await indexed(database, "thimble") == [2])
    }

    @Test func whatIsStoredBehindItsTurnIsIndexedWhenItIsNoted() async throws {
        let database = try await database()
        try await database.store([said(1), said(5)])
        try await database.indexWords()
        try await database.store([said(3)])
        try await database.indexWords()
        #expect(try await indexed(database) == [1, 5])
        _ = try await database.execute(
            NoteLateWords(conversations: ["dm:a:b"], ms: [november + 3], seq: [0]))
        try await database.indexWords()
        #expect(try await indexed(database) == [1, 3, 5])
    }

    @Test func wordsGoWithTheMonthOfTheirMessages() async throws {
        let database = try await database()
        try await database.store([said(1)])
        try await database.indexWords()
        try await database.connection.script("select history.drop_message_partition(\(november))")
        #expect(try await database.execute(SearchMonthsQuery()) == [])
        // And come with it.
        try await database.store([said(2)])
        _ = try await database.execute(NoteLateWords(conversations: ["dm:a:b"], ms: [november + 2], seq: [0]))
        try await database.indexWords()
        #expect(try await indexed(database) == [2])
    }

    /// A turn without care, and then one with it, if the first is refused for what is in the messages: whether it was.
    private func turn(_ database: TestDatabase, through ms: Int64) async throws -> Bool {
        var turn = IndexWords(holder: "test", through: id(ms), limit: 100)
        do {
            _ = try await database.execute(turn)
            return false
        } catch let error as PostgresError where error.kind == .input {
            #expect(!error.description.contains("needle"))
            turn.isCareful = true
            _ = try await database.execute(turn)
            return true
        }
    }

    @Test(arguments: [#""needle \u0000""#, #"{"t":"needle \ud800"}"#, "needle {"])
    func whatPostgresCannotReadIsIndexedWithCareAndNothingBeforeIt(data: String) async throws {
        let database = try await database()
        try await database.store([said(1), message("dm:a:b", from: "a", november + 2, data: data), said(3)])
        _ = try await database.execute(SearchLease(holder: "test", duration: .seconds(60)))
        #expect(try await turn(database, through: 3))
        #expect(try await indexed(database) == [1, 2, 3])
        try await database.store([said(4)])
        #expect(try await !turn(database, through: 4))
        #expect(try await indexed(database) == [1, 2, 3, 4])
    }

    @Test func bothWaysFindTheSameWords() async throws {
        let (one, other) = try await (database(), database())
        let texts = [
            #""""#, #""The Needle's eye, and 12.5 or x@y.example""#,
            #"{"a":["one","two"],"b":{"c":"three"},"n":5,"t":true}"#, "null", "17",
            #""é 😀 \u00e9""#, #"["needle","needle"]"#,
        ]
        let records = texts.enumerated().map { message("dm:a:b", from: "a", november + Int64($0), data: $1) }
        for database in [one, other] {
            try await database.store(records)
            _ = try await database.execute(SearchLease(holder: "test", duration: .seconds(60)))
        }
        let turn = IndexWords(holder: "test", through: id(1000), limit: 100)
        #expect(try await one.execute(turn).first?.messages == texts.count)
        var careful = turn
        careful.isCareful = true
        #expect(try await other.execute(careful).first?.messages == texts.count)
        #expect(try await words(one) == words(other))
    }

    private func words(_ database: TestDatabase) async throws -> [String] {
        try await database.execute(IndexedWords())
    }

    @Test func whatIsIndexedAlreadyIsRefusedWithoutCareAndLeftWithIt() async throws {
        let database = try await database()
        try await database.store([said(1), said(2)])
        try await database.indexWords()
        // As after a restore of the one table and not of the other.
        try await database.connection.script("update history.search_index set ms = 0, seq = 0")
        try await database.store([said(3)])
        #expect(try await turn(database, through: 3))
        #expect(try await indexed(database) == [1, 2, 3])
        try await database.store([said(4)])
        #expect(try await !turn(database, through: 4))
        #expect(try await indexed(database) == [1, 2, 3, 4])
    }

    @Test func whatIsChangedBeforeItsTurnIsIndexedInItsTurnAndOnce() async throws {
        let database = try await database()
        try await database.store([said(1), said(2), said(3)])
        _ = try await database.execute(SearchLease(holder: "test", duration: .seconds(60)))
        _ = try await database.execute(IndexWords(holder: "test", through: id(1), limit: 9))
        try await database.connection.script(
            """
            update history.messages set data = '"thimble"' where ms in (\(november + 1), \(november + 2));
            delete from history.messages where ms = \(november + 3);
            """)
        #expect(try await database.execute(IndexStaleWords(holder: "test", limit: 100)) == [3])
        #expect(try await indexed(database, "thimble") == [1])
        #expect(try await !turn(database, through: 3))
        #expect(try await indexed(database, "thimble") == [1, 2])
        #expect(try await indexed(database) == [])
    }
}

/// The words in the index, message by message.
private struct IndexedWords: PostgresStatement {
    static let name = "indexed_words"
    static let sql = "select w.words::text from history.words w order by w.ms, w.seq, w.conversation"
    let parameters: [PostgresParameter] = []
    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> String { try row.text(0) }
}
