import Postgres

/// Finds messages by their words.
///
/// Month by month, the newest first, as each has an index of its own; within a month by some hundred conversations at a time. It ends with a full
/// page, at the oldest month, or when its time is over: then `next` says from where to go on, as at the end of a page.
struct HistorySearch: Sendable {
    /// Memberships searched at once, at most.
    static let scopeLimit = 10_000
    /// Words and operators of a search, at most.
    static let nodeLimit = 64
    /// Conversations that one look into an index is for.
    private static let chunk = 500

    /// A message found.
    struct Found: Sendable {
        var conversation: String
        var message: MessageRow
        var highlights: Highlights
    }

    let database: Database
    /// After how long no other month is begun.
    let budget: Duration

    /// What the search asks for, and how far the index reaches; nil when another history has switched search off.
    func terms(_ query: String) async throws(PostgresError) -> SearchTermsQuery.Row? {
        try await database.search(SearchTermsQuery(query: query)).first
    }

    /// All that a user may search; nil when that is too much at once.
    func scopes(of user: String) async throws(PostgresError) -> [SearchScope]? {
        let scopes = try await database.read(SearchScopeQuery(user: user, limit: Self.scopeLimit + 1))
        return scopes.count > Self.scopeLimit ? nil : scopes
    }

    /// A page of the messages before an id that the query meets within the scopes, newest first.
    func find(
        _ query: String, in scopes: [SearchScope], before: StoredID, limit: Int
    ) async throws(PostgresError) -> Page<Found> {
        let (hits, resume) = try await hits(query, in: scopes, before: before, limit: limit + 1)
        var page = Page(hits, limit: limit, id: \.id)
        page.next = page.next ?? resume
        guard !page.items.isEmpty else { return Page(items: [], next: page.next) }
        let names = Dictionary(scopes.map { ($0.conversation, $0.name) }) { first, _ in first }
        let rows = try await database.search(SearchPageQuery(query: query, hits: page.items))
        let found = rows.map { row in
            Found(
                conversation: names[row.conversation] ?? "", message: row.message,
                highlights: Highlights(marked: row.marked))
        }
        return Page(items: found, next: page.next)
    }

    /// The newest hits, and where to go on when the time was over before there were enough.
    private func hits(
        _ query: String, in scopes: [SearchScope], before: StoredID, limit: Int
    ) async throws(PostgresError) -> ([SearchHitsQuery.Row], StoredID?) {
        let months = try await database.search(SearchMonthsQuery())
        let deadline = ContinuousClock.now + budget
        var hits: [SearchHitsQuery.Row] = []
        var reached = before
        for month in months where month.start < before.ms {
            // One month at least, so that the next request goes on from elsewhere.
            guard reached == before || ContinuousClock.now < deadline else { return (hits, reached) }
            let inMonth: [SearchHitsQuery.Row]
            do throws(PostgresError) {
                inMonth = try await self.hits(
                    query, in: scopes.filter { $0.reaches(into: month) }, month, before: before,
                    limit: limit - hits.count, until: deadline)
            } catch {
                // What has been found is worth more than nothing, and the next request begins with this month.
                guard error.sqlState == "57014", reached < before else { throw error }
                return (hits, reached)
            }
            hits += inMonth
            reached = StoredID(ms: month.start, seq: 0)
            if hits.count >= limit { break }
        }
        return (hits, nil)
    }

    private func hits(
        _ query: String, in scopes: [SearchScope], _ month: Month, before: StoredID, limit: Int,
        until deadline: ContinuousClock.Instant
    ) async throws(PostgresError) -> [SearchHitsQuery.Row] {
        var hits: [SearchHitsQuery.Row] = []
        var rest = scopes[...]
        while !rest.isEmpty {
            // Each look may take as long as a search; many of them, for who is in many conversations, together no longer.
            guard rest.count == scopes.count || ContinuousClock.now < deadline else {
                throw PostgresError(.server, "the search took too long", sqlState: "57014")
            }
            let part = Array(rest.prefix(Self.chunk))
            rest = rest.dropFirst(Self.chunk)
            hits += try await database.search(
                SearchHitsQuery(query: query, scopes: part, month: month, before: before, limit: limit))
        }
        // By id; where that is the same, by conversation, so that two looks agree.
        return hits.sorted { ($0.id, $0.conversation) > ($1.id, $1.conversation) }
    }
}
