import Foundation

/// A query of the REST API, and the SQL that history answers it with.
struct QueryCase: Sendable {
    /// A statement: the name of its file among history's queries, and its parameters.
    struct Step: Sendable {
        var file: String
        var parameters: [String]
    }

    let name: String
    /// The path and query of a request.
    let path: @Sendable (QuerySample) -> String
    /// What history runs for it, in this order.
    let steps: @Sendable (QuerySample) -> [Step]

    private static let last = ("9223372036854775807", "2147483647")

    static let all: [QueryCase] = [
        QueryCase(name: "conversations") { _ in
            "/v1/conversations?limit=50"
        } steps: { sample in
            [Step(file: "conversations", parameters: [sample.user, Self.last.0, Self.last.1, "51"])]
        },
        QueryCase(name: "messages, newest") { sample in
            "/v1/conversations/\(sample.name)/messages?limit=50"
        } steps: { sample in
            [
                Self.access(sample),
                Self.page("messages_before", sample, from: Self.after(sample), to: Self.last),
            ]
        },
        QueryCase(name: "messages, before an id") { sample in
            "/v1/conversations/\(sample.name)/messages?limit=50&before=\(sample.ms)-\(sample.seq)"
        } steps: { sample in
            [
                Self.access(sample),
                Self.page("messages_before", sample, from: Self.after(sample), to: ("\(sample.ms)", "\(sample.seq)")),
            ]
        },
        QueryCase(name: "messages, after an id") { sample in
            "/v1/conversations/\(sample.name)/messages?limit=50&after=\(sample.ms)-\(sample.seq)"
        } steps: { sample in
            [
                Self.access(sample),
                Self.page("messages_after", sample, from: ("\(sample.ms)", "\(sample.seq)"), to: Self.last),
            ]
        },
        QueryCase(name: "one message") { sample in
            "/v1/conversations/\(sample.name)/messages/\(sample.ms)-\(sample.seq)"
        } steps: { sample in
            [
                Self.access(sample),
                Step(file: "message", parameters: ["\(sample.key)", "\(sample.ms)", "\(sample.seq)"]),
            ]
        },
        QueryCase(name: "receipts") { sample in
            "/v1/conversations/\(sample.name)/receipts?limit=200"
        } steps: { sample in
            [Self.access(sample), Step(file: "receipts", parameters: ["\(sample.key)", "", "201"])]
        },
        QueryCase(name: "sync") { sample in
            "/v1/sync?limit=50&after=\(sample.ms)-\(sample.seq)"
        } steps: { sample in
            let now = "\(Int(Date().timeIntervalSince1970 * 1000))"
            return [
                Step(
                    file: "sync",
                    parameters: [sample.user, "\(sample.ms)", "\(sample.seq)", now, Self.last.1, "51"])
            ]
        },
    ]

    private static func access(_ sample: QuerySample) -> Step {
        Step(file: "access", parameters: [sample.name, sample.user])
    }

    /// Where the user's membership begins; a dm is read from the beginning.
    private static func after(_ sample: QuerySample) -> (String, String) {
        sample.name.hasPrefix("dm:") ? ("0", "0") : ("\(sample.joinedMs)", "\(sample.joinedSeq)")
    }

    private static func page(
        _ file: String, _ sample: QuerySample, from: (String, String), to: (String, String)
    ) -> Step {
        Step(
            file: file,
            parameters: ["\(sample.key)", "{\(from.0)}", "{\(from.1)}", "{\(to.0)}", "{\(to.1)}", "51"])
    }
}
