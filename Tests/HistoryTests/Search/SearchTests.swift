import Messaging
import Postgres
import Testing

@testable import History

/// What is found by which words, against a real Postgres.
@Suite struct SearchTests {
    private static let day: Int64 = 86_400_000

    private func database(_ language: String = "simple") async throws -> TestDatabase {
        let database = try await TestDatabase.migrated(search: true)
        _ = try await database.execute(SetSearchLanguage(language: language))
        return database
    }

    private func hits(
        _ database: TestDatabase, _ query: String, _ scopes: [SearchScope], in month: Int64 = november,
        before: StoredID = .last, limit: Int = 100
    ) async throws -> [Int64] {
        try await database.execute(
            SearchHitsQuery(
                query: query, scopes: scopes, month: Month(milliseconds: month), before: before, limit: limit)
        ).map(\.id.ms)
    }

    private func scopes(_ database: TestDatabase, _ user: String) async throws -> [SearchScope] {
        try await database.execute(SearchScopeQuery(user: user, limit: 100))
    }

    @Test func wordsAreMetInTheStringsOfTheData() async throws {
        let database = try await database()
        let data = #"{"text":"Hello there, world","n":17,"more":[{"text":"deep"},"GRÖSSE Größe","O'Brien"]}"#
        try await database.store([message("dm:a:b", from: "a", november, data: data)])
        try await database.indexWords()
        let scopes = try await scopes(database, "a")
        for (query, isMet) in [
            ("hello", true), ("HELLO", true), ("hello world", true), ("hello nobody", false),
            ("nobody or world", true), ("\"hello there\"", true), ("\"there hello\"", false), ("hello -world", false),
            ("hello -nobody", true), ("text", false), ("17", false), ("deep", true), ("wörld", false),
            ("größe", true), ("O'Brien", true), ("\"hello", true), (") & | ! :* \\ hello", true), ("hello:*", true),
        ] {
            #expect(try await hits(database, query, scopes) == (isMet ? [november] : []), "\(query)")
        }
    }

    @Test func aLanguageReducesWordsToTheirStems() async throws {
        let database = try await database("english")
        try await database.store([message("dm:a:b", from: "a", november, data: #""The dogs were running""#)])
        try await database.indexWords()
        #expect(try await hits(database, "dog runs", scopes(database, "a")) == [november])
        // Another one has the index begin anew, with what is there.
        #expect(try await database.execute(SetSearchLanguage(language: "simple")) == [true])
        #expect(try await hits(database, "dogs", scopes(database, "a")) == [])
        try await database.indexWords()
        #expect(try await database.execute(SetSearchLanguage(language: "pg_catalog.simple")) == [false])
        #expect(try await hits(database, "dog", scopes(database, "a")) == [])
        #expect(try await hits(database, "dogs", scopes(database, "a")) == [november])
        let error = await #expect(throws: PostgresError.self) {
            try await database.execute(SetSearchLanguage(language: "klingon"))
        }
        #expect(error?.sqlState == "42704")
        #expect(try await database.execute(SetSearchLanguage(language: nil)) == [true])
        #expect(try await database.execute(SetSearchLanguage(language: nil)) == [false])
    }

    @Test func noDataKeepsAMessageOutOrFromBeingFound() async throws {
        let database = try await database()
        let texts = [
            #"{"t":"needle \u0000 x"}"#, #""needle \ud800 x""#, #"{"n":1e999999,"t":"needle"}"#,
            "needle, no JSON at all", #"{"t":"needle","t":"needle"}"#,
            "[\"needle\",\"\(String(repeating: "long", count: 5000))\"]",
            String(repeating: "[", count: 60) + "\"needle\"" + String(repeating: "]", count: 60),
        ]
        try await database.store(
            texts.enumerated().map { message("dm:a:b", from: "a", november + Int64($0.offset), data: $0.element) })
        try await database.indexWords(size: 2)
        let scopes = try await scopes(database, "a")
        let found = try await hits(database, "needle", scopes)
        #expect(found == texts.indices.reversed().map { november + Int64($0) })
        let page = try await database.execute(
            SearchPageQuery(
                query: "needle",
                hits: texts.indices.map { place in
                    .init(conversation: scopes[0].conversation, id: StoredID(ms: november + Int64(place), seq: 0))
                }))
        #expect(page.map { String(decoding: $0.message.data, as: UTF8.self) } == texts)
        for row in page { #expect(Highlights(marked: row.marked).strings.first?.contains("needle") == true) }
    }

    @Test func onlyWhatOneMayReadIsFound() async throws {
        let database = try await database()
        func said(_ conversation: String, _ ms: Int64) -> IngestRecord {
            message(conversation, from: "x", november + ms, data: #""needle""#)
        }
        try await database.store([
            said("dm:a:b", 1), said("dm:b:c", 2),
            change("g", .init(operation: .replace, members: ["a", "c"]), november + 10),
            said("group:g", 11), change("g", .init(operation: .add, members: ["b"]), november + 12),
            said("group:g", 13), change("g", .init(operation: .remove, members: ["b"]), november + 14),
            said("group:g", 15), change("g", .init(operation: .add, members: ["b"]), november + 16),
            said("group:g", 17), said("topic:t", 18),
        ])
        try await database.indexWords()
        func found(_ user: String) async throws -> [Int64] {
            try await hits(database, "needle", scopes(database, user)).map { $0 - november }
        }
        #expect(try await found("a") == [17, 15, 13, 11, 1])
        #expect(try await found("b") == [17, 13, 2, 1])
        #expect(try await found("c") == [17, 15, 13, 11, 2])
        #expect(try await found("mallory") == [])
    }

    @Test func aConversationIsNoWordThatSomebodyCouldWrite() async throws {
        let database = try await database()
        try await database.store([
            message("dm:a:b", from: "a", november, data: #""needle""#),
            message("dm:c:d", from: "c", november + 1, data: #""needle \u00011 \u00012 1 2""#),
        ])
        try await database.indexWords()
        let mine = try await scopes(database, "a")
        for word in ["needle", "\u{1}\(mine[0].conversation) or needle", "needle or \u{1}2"] {
            #expect(try await hits(database, word, mine) == [november])
        }
    }

    @Test func pagesGoBackThroughTheMonthsWithoutGapOrRepeat() async throws {
        let database = try await database()
        var records: [IngestRecord] = []
        for number in 0..<60 {
            let conversation = ["dm:a:b", "dm:a:c", "dm:b:c"][number % 3]
            // Two of each three share an id with another conversation's.
            let ms = november - Int64(number / 2) * 9 * Self.day
            records.append(message(conversation, from: "a", ms, Int32(number % 2), data: #""needle \#(number)""#))
        }
        try await database.store(records)
        try await database.indexWords(size: 7)
        let expected = records.filter { $0.conversation.directUsers?.contains("a") == true }.map(\.id).sorted(by: >)
        let scopes = try await scopes(database, "a")
        for limit in [1, 3, 7, 50] {
            var found: [StoredID] = []
            var before = StoredID.last
            var pages = 0
            while true {
                let page = try await find(database, scopes, before: before, limit: limit)
                found += page.items
                pages += 1
                guard let next = page.next, pages < 100 else { break }
                before = next
            }
            #expect(found == expected)
        }
    }

    /// As ``HistorySearch`` does it, without a service around.
    private func find(
        _ database: TestDatabase, _ scopes: [SearchScope], before: StoredID, limit: Int
    ) async throws -> Page<StoredID> {
        var found: [StoredID] = []
        for month in try await database.execute(SearchMonthsQuery()) where month.start < before.ms {
            let part = scopes.filter { $0.reaches(into: month) }
            found += try await database.execute(
                SearchHitsQuery(
                    query: "needle", scopes: part, month: month, before: before, limit: limit + 1 - found.count)
            ).map(\.id)
            if found.count > limit { break }
        }
        return Page(found, limit: limit, id: \.self)
    }

    @Test func aMonthIsSearchedOnlyWhereSomethingMayBe() {
        let month = Month(milliseconds: november)
        func scope(_ from: Int64, _ to: Int64, lastSaid: Int64 = .max) -> SearchScope {
            let interval = Interval(after: .init(ms: from, seq: 0), before: .init(ms: to, seq: 0))
            return SearchScope(conversation: 1, name: "", interval: interval, lastSaid: lastSaid)
        }
        let end = month.advanced(by: 1).start
        #expect(scope(0, .max).reaches(into: month))
        #expect(scope(0, month.start).reaches(into: month))
        #expect(!scope(0, month.start - 1).reaches(into: month))
        #expect(scope(end - 1, .max).reaches(into: month))
        #expect(!scope(end, .max).reaches(into: month))
        #expect(!scope(0, .max, lastSaid: month.start - 1).reaches(into: month))
    }

    @Test func theMonthsAreThoseThatHavePartitions() async throws {
        let database = try await database()
        let months = [0, -1, -14].map { Month(milliseconds: november).advanced(by: $0) }
        for month in months.shuffled() { _ = try await database.execute(MakePartition(milliseconds: month.start)) }
        #expect(try await database.execute(SearchMonthsQuery()) == months)
        try await database.connection.script("select history.drop_message_partition(\(months[1].start + 1))")
        #expect(try await database.execute(SearchMonthsQuery()) == [months[0], months[2]])
    }

    @Test func aMessageStoredBeforeThereWasAnIndexIsFound() async throws {
        let database = try await TestDatabase.migrated()
        try await database.store([message("dm:a:b", from: "a", november, data: #""needle""#)])
        _ = try await database.execute(SetSearchLanguage(language: "simple"))
        try await database.indexWords()
        let other = try TestDatabase(url: database.url, parameters: Database.searchParameters)
        #expect(try await hits(other, "needle", scopes(other, "a")) == [november])
    }
}
