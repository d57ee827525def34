import Messaging
import Postgres
import Testing

@testable import History

/// How long a search goes on, against a real Postgres.
@Suite struct SearchTimeTests {
    private func scopes(_ database: TestDatabase, count: Int) async throws -> [SearchScope] {
        let found = try await database.execute(SearchScopeQuery(user: "a", limit: 10))
        let others = (0..<count - found.count).map { number in
            SearchScope(conversation: 1_000_000 + Int64(number), name: "", interval: .all, lastSaid: .max)
        }
        return others + found
    }

    @Test func theTimeIsOverForManyConversationsTogetherAndEachRequestGetsOn() async throws {
        try await HousekeepingBench.with { bench in
            _ = try await bench.test.execute(SetSearchLanguage(language: "simple"))
            try await bench.test.store([message("dm:a:b", from: "a", november, data: #""needle""#)])
            try await bench.test.indexWords()
            let search = HistorySearch(database: bench.database, budget: .zero)
            let before = StoredID(ms: november + 86_400_000, seq: 0)
            // No time at all is enough for one look.
            let page = try await search.find(
                "needle", in: scopes(bench.test, count: 500), before: before, limit: 10)
            #expect(page.items.map(\.message.id.ms) == [november])
            // And for no second one: with nothing to go on from, it is told.
            let error = await #expect(throws: PostgresError.self) {
                try await search.find("needle", in: scopes(bench.test, count: 501), before: before, limit: 10)
            }
            #expect(error?.sqlState == "57014")
        }
    }
}
