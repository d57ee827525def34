/// What history runs for a search: month by month, the newest first, until there are enough.
enum SearchSteps {
    static let files = ["search_terms", "search_months", "search_hits", "search_page"]

    private static let limit = 20
    /// Conversations that one look into an index is for, as in history.
    private static let chunk = 500
    /// The longest month, in milliseconds.
    private static let month = 31 * 86_400_000

    /// A stretch of a conversation.
    struct Scope {
        var key: Int
        var from: (String, String)
        var to: (String, String)
        var lastSaid: Int
    }

    /// Everything that a user may search.
    static func scopes(of user: String, _ run: QueryCase.Runner) throws -> [Scope] {
        let rows = try run(QueryCase.Step(file: "search_scope", parameters: [user, "10001"]))
        return (0..<rows.count).map { row in
            Scope(
                key: rows.integer(row, 0), from: ("\(rows.integer(row, 2))", "\(rows.integer(row, 3))"),
                to: ("\(rows.integer(row, 4))", "\(rows.integer(row, 5))"), lastSaid: rows.integer(row, 6))
        }
    }

    static func run(_ word: String, _ scopes: [Scope], _ run: QueryCase.Runner) throws {
        func search(_ file: String, _ parameters: [String]) throws -> PlainRows {
            try run(QueryCase.Step(file: file, parameters: parameters, isSearch: true))
        }
        _ = try search("search_terms", [word])
        let months = try search("search_months", [])
        var hits: [(key: Int, ms: Int, seq: Int)] = []
        for row in 0..<months.count where hits.count <= limit {
            let start = months.integer(row, 0)
            // They come newest first, without a gap where there are messages.
            let end = row > 0 ? months.integer(row - 1, 0) : start + month
            var rest = scopes.filter { $0.lastSaid >= start }[...]
            while !rest.isEmpty {
                let part = rest.prefix(chunk)
                rest = rest.dropFirst(chunk)
                let found = try search(
                    "search_hits",
                    [
                        word, list(Set(part.map(\.key)).sorted()), list(part.map(\.key)), list(part.map(\.from.0)),
                        list(part.map(\.from.1)), list(part.map(\.to.0)), list(part.map(\.to.1)), "\(start)",
                        "\(end)", QueryCase.last.0, QueryCase.last.1, "\(limit + 1 - hits.count)",
                    ])
                hits += (0..<found.count).map { (found.integer($0, 0), found.integer($0, 1), found.integer($0, 2)) }
            }
        }
        guard !hits.isEmpty else { return }
        hits.sort { ($0.ms, $0.seq) > ($1.ms, $1.seq) }
        let page = hits.prefix(limit)
        _ = try search("search_page", [word, list(page.map(\.key)), list(page.map(\.ms)), list(page.map(\.seq))])
    }

    private static func list(_ items: [some Any]) -> String { "{" + items.map { "\($0)" }.joined(separator: ",") + "}" }
}
