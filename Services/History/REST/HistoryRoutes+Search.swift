import Hummingbird
import Messaging
import Postgres
import ServiceRuntime

extension HistoryRoutes {
    private static let searchLimits = 1...50
    private static var off: Problem {
        .notFound("there is no search: it is switched off in this installation (SEARCH_LANGUAGE)")
    }

    /// Full-text search over what the caller may read.
    @Sendable func found(_ request: Request, _ context: RESTContext) async throws -> Response {
        let caller = try context.requireCaller()
        let query = try HistoryQuery.search(request)
        let conversation = try HistoryQuery.conversationParameter(request)
        let limit = try HistoryQuery.limit(request, default: 20, in: Self.searchLimits)
        let before = try HistoryQuery.id("before", request) ?? .last
        guard let search else {
            throw Self.off
        }
        let (page, indexed) = try await searches.with(caller.user) {
            let scopes = try await scopes(of: caller, in: conversation, search)
            return try await Self.find(query, in: scopes, before: before, limit: limit, search)
        }
        var json = JSONText()
        json.raw(#"{"messages":"#)
        json.list(page.items) { json, found in
            json.message(found.message, in: found.conversation, highlights: found.highlights)
        }
        json.raw(#","indexed":"#)
        json.id(indexed)
        return HistoryAnswer.list(json, next: page.next, to: request)
    }

    /// What is found, and up to where words are indexed: that first, as what the index gets meanwhile is found, and not told of.
    private static func find(
        _ query: String, in scopes: [SearchScope], before: StoredID, limit: Int, _ search: HistorySearch
    ) async throws -> (Page<HistorySearch.Found>, StoredID) {
        try await limited {
            guard let terms = try await search.terms(query) else { throw off }
            try check(terms)
            return (try await search.find(query, in: scopes, before: before, limit: limit), terms.indexed)
        }
    }

    private func scopes(
        of caller: Caller, in conversation: Conversation?, _ search: HistorySearch
    ) async throws -> [SearchScope] {
        if let conversation {
            let (key, intervals) = try await granted(conversation, caller)
            return intervals.map {
                SearchScope(conversation: key, name: conversation.description, interval: $0, lastSaid: .max)
            }
        }
        guard let scopes = try await search.scopes(of: caller.user) else {
            throw Problem.badRequest(
                "conversation: this user has more than \(HistorySearch.scopeLimit) conversations: give the one to search"
            )
        }
        return scopes
    }

    private static func check(_ terms: SearchTermsQuery.Row) throws(Problem) {
        guard terms.asksForAWord else {
            throw .badRequest("q: has no word to search for: give one at least that is not excluded")
        }
        guard terms.nodes <= HistorySearch.nodeLimit else {
            throw .badRequest("q: has too many words: give about \(HistorySearch.nodeLimit / 2) at most")
        }
    }

    /// Tells a search that took too long from a database that is away.
    private static func limited<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as PostgresError where error.sqlState == "57014" {
            throw Problem.busy(
                "q: the search took too long: search in one conversation, or for words that are rarer", retryAfter: 5)
        }
    }
}
