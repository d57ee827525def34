import Messaging
import RESTContract
import TestStack
import Testing

@testable import History

/// Who may read and do what: every route of history against nobody, a stranger, a former member, a member, and an administrator. The other services'
/// routes are in `AccessMatrix` of the integration tests.
@Suite struct AccessMatrixTests {
    enum Person: String, CaseIterable {
        case nobody, stranger, former, member, admin

        var user: String? { self == .nobody ? nil : "matrix-\(rawValue)" }
        var scopes: [String] { self == .admin ? ["admin", "broadcast", "send:any"] : [] }
    }

    /// Ids of what was said: while the former member was in the group and afterwards, in a dm of the member's, and in a topic; and in a group in
    /// which things are changed, by another member and by the member.
    struct Said {
        var (early, late, direct, topic) = ("1-0", "2-0", "3-0", "4-0")
        var (edited, deleted, ownEdited, ownDeleted) = ("5-0", "6-0", "7-0", "8-0")
    }

    /// A request, and what is answered to whom, in the order of ``Person``: the status, and which of the four messages it tells of, as letters: e, l, d, t.
    /// Nil: this one does not ask.
    struct Row {
        var method: String
        var path: String
        var body: String?
        var expected: [String?]

        init(_ path: String, _ expected: String?...) {
            (method, self.path, body, self.expected) = ("GET", path, nil, expected)
        }

        init(method: String, _ path: String, body: String? = nil, _ expected: String?...) {
            (self.method, self.path, self.body, self.expected) = (method, path, body, expected)
        }
    }

    private static let world = Task {
        let bench = try await HistoryBench.shared.value
        func change(_ group: String, _ operation: String, _ members: String) async throws {
            try await bench.append(
                .member, group, from: "matrix-member",
                data: #"{"operation":"\#(operation)","members":[\#(members)]}"#)
        }
        func say(_ conversation: String, _ user: String, _ text: String) async throws -> String {
            let id = try await bench.append(.message, conversation, from: "matrix-\(user)", data: "\"\(text)\"")
            return "\(id)"
        }
        var said = Said()
        try await change("group:matrix", "replace", #""matrix-member","matrix-former""#)
        said.early = try await say("group:matrix", "member", "needle early")
        try await bench.append(.read, "group:matrix", from: "matrix-former", data: said.early)
        try await change("group:matrix", "remove", #""matrix-former""#)
        said.late = try await say("group:matrix", "member", "needle late")
        said.direct = try await say("dm:matrix-member:matrix-peer", "peer", "needle direct")
        said.topic = try await say("topic:matrix", "peer", "needle topic")
        try await change("group:changes", "replace", #""matrix-member","matrix-former","matrix-peer""#)
        said.edited = try await say("group:changes", "peer", "1")
        said.deleted = try await say("group:changes", "peer", "2")
        said.ownEdited = try await say("group:changes", "member", "3")
        said.ownDeleted = try await say("group:changes", "member", "4")
        try await change("group:changes", "remove", #""matrix-former""#)
        try await bench.settleIndex()
        return (bench, said)
    }

    // MARK: The matrix. Each as: nobody, stranger, former, member, admin.

    /// A group: a former member reads up to leaving, and sees nothing of who has read.
    static func group(_ said: Said) -> [Row] {
        let group = "/v1/conversations/group:matrix"
        var rows: [Row] = []
        for page in ["", "?after=0", "?before=99999999999999-0", "?around=\(said.early)", "?around=\(said.late)"] {
            rows.append(Row("\(group)/messages\(page)", "401", "403", "200 e", "200 e l", "403"))
        }
        rows.append(Row("/v1/search?q=needle&conversation=group:matrix", "401", "403", "200 e", "200 e l", "403"))
        rows.append(Row("\(group)/messages/\(said.early)", "401", "403", "200 e", "200 e", "403"))
        rows.append(Row("\(group)/messages/\(said.late)", "401", "403", "404", "200 l", "403"))
        rows.append(Row("\(group)/receipts", "401", "403", "403", "200", "403"))
        rows.append(Row("\(group)/export", "401", "403", "200 e", "200 e l", "200 e l"))
        return rows
    }

    /// A dm of others is forbidden whether or not anything was ever said in it; an export is all that an administrator gets of it.
    static func direct(_ said: Said) -> [Row] {
        var rows: [Row] = []
        for (peer, found) in [("peer", true), ("silent", false)] {
            let name = "dm:matrix-member:matrix-\(peer)"
            let direct = "/v1/conversations/\(name)"
            let (one, none) = found ? ("200 d", "200") : ("404", "404")
            rows.append(Row("\(direct)/messages", "401", "403", "403", one, "403"))
            rows.append(Row("\(direct)/messages?around=\(said.direct)", "401", "403", "403", one, "403"))
            rows.append(Row("\(direct)/messages/\(said.direct)", "401", "403", "403", one, "403"))
            rows.append(Row("\(direct)/receipts", "401", "403", "403", none, "403"))
            rows.append(Row("/v1/search?q=needle&conversation=\(name)", "401", "403", "403", one, "403"))
            rows.append(Row("\(direct)/export", "401", "403", "403", one, one))
        }
        return rows
    }

    /// A topic is read by everybody with a token.
    static func topic(_ said: Said) -> [Row] {
        let topic = "/v1/conversations/topic:matrix"
        return [
            Row("\(topic)/messages", "401", "200 t", "200 t", "200 t", "200 t"),
            Row("\(topic)/messages/\(said.topic)", "401", "200 t", "200 t", "200 t", "200 t"),
            Row("\(topic)/receipts", "401", "200", "200", "200", "200"),
            Row("\(topic)/export", "401", "200 t", "200 t", "200 t", "200 t"),
            Row("/v1/search?q=needle&conversation=topic:matrix", "401", "200 t", "200 t", "200 t", "200 t"),
        ]
    }

    /// What is asked for without a conversation is one's own; the list shows the last message of those that one is in now.
    static let own = [
        Row("/v1/sync", "401", "200", "200 e", "200 e l d", "200"),
        Row("/v1/search?q=needle", "401", "200", "200 e", "200 e l d", "200"),
        Row("/v1/conversations", "401", "200", "200", "200 l d", "200"),
        Row("/v1/users/matrix-member/export", "401", "403", "403", "200 e l d", "200 e l d"),
    ]

    /// What is for administrators, and what is for everybody.
    static let others = [
        Row("/v1/jobs/999999999", "401", "403", "403", "403", "404"),
        Row(method: "DELETE", "/v1/users/matrix-nobody/data", "401", "403", "403", "403", "202"),
        Row("/openapi.yaml", "200", "200", "200", "200", "200"),
    ]

    /// Changing a message is for who sent it, as long as they are in the conversation, and for administrators.
    static func changes(_ said: Said) -> [Row] {
        let messages = "/v1/conversations/group:changes/messages"
        let body = #"{"data":5}"#
        return [
            Row(method: "PATCH", "\(messages)/\(said.edited)", body: body, "401", "403", "403", "403", "202"),
            Row(method: "DELETE", "\(messages)/\(said.deleted)", "401", "403", "403", "403", "202"),
            Row(method: "PATCH", "\(messages)/\(said.ownEdited)", body: body, nil, nil, nil, "202", nil),
            Row(method: "DELETE", "\(messages)/\(said.ownDeleted)", nil, nil, nil, "202", nil),
        ]
    }

    static func rows(_ said: Said) -> [Row] {
        var rows = group(said)
        rows += direct(said)
        rows += topic(said)
        rows += own
        rows += others
        rows += changes(said)
        return rows
    }

    // MARK: Asking

    @Test func everybodyIsAnsweredAsTheMatrixSays() async throws {
        let (bench, said) = try await Self.world.value
        for row in Self.rows(said) {
            for (person, expected) in zip(Person.allCases, row.expected) {
                guard let expected else { continue }
                let what = "\(row.method) \(row.path) as \(person)"
                if row.path == "/v1/sync" {
                    // It reaches as far as all that is said meanwhile is stored.
                    try await eventually("\(what): \(expected)") { try await ask(bench, row, person) == expected }
                }
                #expect(try await ask(bench, row, person) == expected, "\(what)")
            }
        }
    }

    private func ask(_ bench: HistoryBench, _ row: Row, _ person: Person) async throws -> String {
        let answer = try await bench.request(
            row.method, row.path, as: person.user, scopes: person.scopes, body: row.body)
        let told = [("e", "early"), ("l", "late"), ("d", "direct"), ("t", "topic")].filter {
            answer.text.contains("needle \($0.1)")
        }
        // A problem tells nothing of what was said.
        #expect(answer.status == 200 || told.isEmpty)
        return ([String(answer.status)] + told.map(\.0)).joined(separator: " ")
    }

    /// A route that is added to the document has to be added here.
    @Test func noRouteIsLeftOut() throws {
        let contract = try Contract.shared.get()
        let tried = Set(Self.rows(Said()).compactMap { contract.operation($0.method, $0.path) })
        #expect(tried == contract.operations(tagged: "history"))
    }

    /// A route that only some ask for says nothing of the others.
    @Test func everyRouteIsTriedByEverybody() throws {
        let contract = try Contract.shared.get()
        var asked: [String: Set<Person>] = [:]
        for row in Self.rows(Said()) {
            #expect(row.expected.count == Person.allCases.count, "\(row.path)")
            for (person, expected) in zip(Person.allCases, row.expected) where expected != nil {
                asked[contract.operation(row.method, row.path) ?? row.path, default: []].insert(person)
            }
        }
        for (operation, people) in asked { #expect(people == Set(Person.allCases), "\(operation)") }
    }
}
