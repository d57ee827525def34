import Foundation

/// A query of the REST API, and the SQL that history answers it with.
struct QueryCase: Sendable {
    /// A statement: the name of its file among history's queries, and its parameters.
    struct Step: Sendable {
        var file: String
        var parameters: [String]
        /// Whether history runs it in a session for searches.
        var isSearch = false
    }

    /// Runs a statement and gives its rows.
    typealias Runner = (Step) throws -> PlainRows

    let name: String
    /// The statements that it needs.
    let files: [String]
    /// The path and query of a request.
    let path: @Sendable (QuerySample) -> String
    /// Runs what history runs for it, in the same order.
    let run: @Sendable (QuerySample, Runner) throws -> Void

    /// One whose statements do not depend on each other's rows.
    private init(
        _ name: String, _ files: [String], path: @escaping @Sendable (QuerySample) -> String,
        steps: @escaping @Sendable (QuerySample) -> [Step]
    ) {
        (self.name, self.files, self.path) = (name, files, path)
        run = { sample, run in for step in steps(sample) { _ = try run(step) } }
    }

    /// Whether history answers it at all: nobody searches more than 10,000 conversations at once.
    func fits(_ sample: QuerySample) -> Bool { !files.contains("search_scope") || sample.memberships <= 10_000 }

    private init(
        search name: String, _ files: [String], path: @escaping @Sendable (QuerySample) -> String,
        run: @escaping @Sendable (QuerySample, Runner) throws -> Void
    ) {
        (self.name, self.files, self.path, self.run) = (name, files, path, run)
    }

    static let last = ("9223372036854775807", "2147483647")

    static let all: [QueryCase] = [
        QueryCase("conversations", ["conversations"]) { _ in
            "/v1/conversations?limit=50"
        } steps: { sample in
            [Step(file: "conversations", parameters: [sample.user, last.0, last.1, "51"])]
        },
        QueryCase("unread of 200 conversations", ["conversations"]) { _ in
            "/v1/conversations?limit=200"
        } steps: { sample in
            [Step(file: "conversations", parameters: [sample.user, last.0, last.1, "201"])]
        },
        // There is nothing before the first id, so what is left is whether the user may ask.
        QueryCase("access alone", ["access"]) { sample in
            "/v1/conversations/\(sample.name)/messages?limit=1&before=0-1"
        } steps: { sample in
            [access(sample)]
        },
        QueryCase("messages, newest", ["access", "messages_before"]) { sample in
            "/v1/conversations/\(sample.name)/messages?limit=50"
        } steps: { sample in
            [access(sample), page("messages_before", sample, from: after(sample), to: last)]
        },
        QueryCase("messages, before an id", ["access", "messages_before"]) { sample in
            "/v1/conversations/\(sample.name)/messages?limit=50&before=\(sample.ms)-\(sample.seq)"
        } steps: { sample in
            [access(sample), page("messages_before", sample, from: after(sample), to: id(sample))]
        },
        QueryCase("messages, after an id", ["access", "messages_after"]) { sample in
            "/v1/conversations/\(sample.name)/messages?limit=50&after=\(sample.ms)-\(sample.seq)"
        } steps: { sample in
            [access(sample), page("messages_after", sample, from: id(sample), to: last)]
        },
        QueryCase("messages, around an id", ["access", "messages_before", "messages_after"]) { sample in
            "/v1/conversations/\(sample.name)/messages?limit=50&around=\(sample.ms)-\(sample.seq)"
        } steps: { sample in
            let next = ("\(sample.ms)", "\(sample.seq + 1)")
            return [
                access(sample),
                page("messages_before", sample, from: after(sample), to: next, limit: 26),
                page("messages_after", sample, from: id(sample), to: last, limit: 26),
            ]
        },
        QueryCase("one message", ["access", "message"]) { sample in
            "/v1/conversations/\(sample.name)/messages/\(sample.ms)-\(sample.seq)"
        } steps: { sample in
            [access(sample), Step(file: "message", parameters: ["\(sample.key)", id(sample).0, id(sample).1])]
        },
        QueryCase("receipts", ["access", "receipts"]) { sample in
            "/v1/conversations/\(sample.name)/receipts?limit=200"
        } steps: { sample in
            [access(sample), Step(file: "receipts", parameters: ["\(sample.key)", "", "201"])]
        },
        QueryCase("sync", ["sync"]) { sample in
            "/v1/sync?limit=50&after=\(sample.ms)-\(sample.seq)"
        } steps: { sample in
            let now = "\(Int(Date().timeIntervalSince1970 * 1000))"
            return [
                Step(file: "sync", parameters: [sample.user, id(sample).0, id(sample).1, now, last.1, "51"])
            ]
        },
        QueryCase(search: "search in a conversation", ["access"] + SearchSteps.files) { sample in
            "/v1/search?limit=20&q=\(sample.word)&conversation=\(sample.name)"
        } run: { sample, run in
            _ = try run(access(sample))
            let scope = SearchSteps.Scope(
                key: sample.key, from: after(sample), to: last, lastSaid: Int.max)
            try SearchSteps.run(sample.word, [scope], run)
        },
        QueryCase(search: "search in all", ["search_scope"] + SearchSteps.files) { sample in
            "/v1/search?limit=20&q=\(sample.word)"
        } run: { sample, run in
            try SearchSteps.run(sample.word, SearchSteps.scopes(of: sample.user, run), run)
        },
    ]

    private static func id(_ sample: QuerySample) -> (String, String) { ("\(sample.ms)", "\(sample.seq)") }

    private static func access(_ sample: QuerySample) -> Step {
        Step(file: "access", parameters: [sample.name, sample.user])
    }

    /// Where the user's membership begins; a dm is read from the beginning.
    private static func after(_ sample: QuerySample) -> (String, String) {
        sample.name.hasPrefix("dm:") ? ("0", "0") : ("\(sample.joinedMs)", "\(sample.joinedSeq)")
    }

    private static func page(
        _ file: String, _ sample: QuerySample, from: (String, String), to: (String, String), limit: Int = 51
    ) -> Step {
        Step(
            file: file,
            parameters: ["\(sample.key)", "{\(from.0)}", "{\(from.1)}", "{\(to.0)}", "{\(to.1)}", "\(limit)"])
    }
}
