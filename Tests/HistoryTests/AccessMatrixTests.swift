import Messaging
import RESTContract
import TestStack
import Testing

@testable import History

/// Who may read what: every route of history against nobody, a stranger, a former member, a member, and an administrator.
@Suite struct AccessMatrixTests {
    enum Person: String, CaseIterable {
        case nobody, stranger, former, member, admin

        var user: String? { self == .nobody ? nil : "matrix-\(rawValue)" }
        var scopes: [String] { self == .admin ? ["admin", "broadcast", "send:any"] : [] }
    }

    /// What was said: while the former member was in the group and afterwards, in a dm of the member's, and in a topic.
    private struct World {
        let bench: HistoryBench
        let (early, late, direct, topic): (String, String, String, String)
    }

    private static let world = Task {
        let bench = try await HistoryBench.shared.value
        func change(_ operation: String, _ members: String) async throws {
            try await bench.append(
                .member, "group:matrix", from: "matrix-member",
                data: #"{"operation":"\#(operation)","members":[\#(members)]}"#)
        }
        try await change("replace", #""matrix-member","matrix-former""#)
        let early = try await bench.append("group:matrix", from: "matrix-member", data: #""needle early""#)
        try await bench.append(.read, "group:matrix", from: "matrix-former", data: "\(early)")
        try await change("remove", #""matrix-former""#)
        let late = try await bench.append("group:matrix", from: "matrix-member", data: #""needle late""#)
        let direct = try await bench.append(
            "dm:matrix-member:matrix-peer", from: "matrix-peer", data: #""needle direct""#)
        let topic = try await bench.append("topic:matrix", from: "matrix-peer", data: #""needle topic""#)
        try await bench.settleIndex()
        return World(bench: bench, early: "\(early)", late: "\(late)", direct: "\(direct)", topic: "\(topic)")
    }

    /// The status of an answer, and which of the four messages it tells of, as letters: e, l, d, t.
    private func ask(_ path: String, as person: Person) async throws -> String {
        let world = try await Self.world.value
        let answer = try await world.bench.get(path, as: person.user, scopes: person.scopes)
        let told = [("e", "early"), ("l", "late"), ("d", "direct"), ("t", "topic")].filter {
            answer.text.contains("needle \($0.1)")
        }
        // A problem tells nothing of what was said.
        #expect(answer.status == 200 || told.isEmpty)
        return ([String(answer.status)] + told.map(\.0)).joined(separator: " ")
    }

    private func check(_ path: String, _ expected: [Person: String]) async throws {
        for person in Person.allCases {
            #expect(try await ask(path, as: person) == expected[person], "\(path) as \(person)")
        }
    }

    @Test func aGroup() async throws {
        let world = try await Self.world.value
        let group = "/v1/conversations/group:matrix"
        let all: [Person: String] = [
            .nobody: "401", .stranger: "403", .former: "200 e", .member: "200 e l", .admin: "403",
        ]
        try await check("\(group)/messages", all)
        try await check("\(group)/messages?after=0", all)
        try await check("\(group)/messages?before=99999999999999-0", all)
        try await check("\(group)/messages?around=\(world.early)", all)
        try await check("\(group)/messages?around=\(world.late)", all)
        try await check("/v1/search?q=needle&conversation=group:matrix", all)
        try await check(
            "\(group)/messages/\(world.early)",
            [.nobody: "401", .stranger: "403", .former: "200 e", .member: "200 e", .admin: "403"])
        try await check(
            "\(group)/messages/\(world.late)",
            [.nobody: "401", .stranger: "403", .former: "404", .member: "200 l", .admin: "403"])
        try await check(
            "\(group)/receipts",
            [.nobody: "401", .stranger: "403", .former: "403", .member: "200", .admin: "403"])
        try await check(
            "\(group)/export",
            [.nobody: "401", .stranger: "403", .former: "200 e", .member: "200 e l", .admin: "200 e l"])
    }

    @Test(arguments: ["dm:matrix-member:matrix-peer", "dm:matrix-member:matrix-silent"])
    func aDirectConversationOfOthersIsForbiddenWhetherOrNotItExists(conversation: String) async throws {
        let world = try await Self.world.value
        let exists = conversation.hasSuffix("peer")
        for (path, status) in [
            ("/v1/conversations/\(conversation)/messages", "200 d"),
            ("/v1/conversations/\(conversation)/messages?around=\(world.direct)", "200 d"),
            ("/v1/conversations/\(conversation)/messages/\(world.direct)", "200 d"),
            ("/v1/conversations/\(conversation)/receipts", "200"),
            ("/v1/search?q=needle&conversation=\(conversation)", "200 d"),
        ] {
            try await check(
                path,
                [
                    .nobody: "401", .stranger: "403", .former: "403", .member: exists ? status : "404", .admin: "403",
                ])
        }
    }

    @Test func aTopicIsReadByEverybodyWithAToken() async throws {
        let world = try await Self.world.value
        for (path, status) in [
            ("/v1/conversations/topic:matrix/messages", "200 t"),
            ("/v1/conversations/topic:matrix/messages/\(world.topic)", "200 t"),
            ("/v1/conversations/topic:matrix/receipts", "200"),
            ("/v1/search?q=needle&conversation=topic:matrix", "200 t"),
        ] {
            try await check(
                path, [.nobody: "401", .stranger: status, .former: status, .member: status, .admin: status])
        }
    }

    @Test func whatIsAskedForWithoutAConversationIsOnesOwn() async throws {
        let all: [Person: String] = [
            .nobody: "401", .stranger: "200", .former: "200 e", .member: "200 e l d", .admin: "200",
        ]
        // It reaches as far as all that is said meanwhile is stored.
        for person in Person.allCases {
            try await eventually("\(person) syncs what is theirs") {
                try await ask("/v1/sync", as: person) == all[person]
            }
        }
        try await check("/v1/search?q=needle", all)
        // The list shows the last message of those that one is in now.
        try await check(
            "/v1/conversations",
            [.nobody: "401", .stranger: "200", .former: "200", .member: "200 l d", .admin: "200"])
    }

    @Test func whatIsOfOneUserIsForThemAndForAdministrators() async throws {
        try await check(
            "/v1/users/matrix-member/export",
            [.nobody: "401", .stranger: "403", .former: "403", .member: "200 e l d", .admin: "200 e l d"])
        try await check(
            "/v1/jobs/999999999", [.nobody: "401", .stranger: "403", .former: "403", .member: "403", .admin: "404"])
    }

    /// Editing is refused before anything is asked of the log; what is allowed is answered with 202.
    @Test(arguments: ["PATCH", "DELETE"]) func changingAMessageIsForItsSenderAndForAdministrators(method: String)
        async throws
    {
        let world = try await Self.world.value
        let conversation = "group:matrix-\(method.lowercased())"
        try await world.bench.append(
            .member, conversation, from: "matrix-member",
            data: #"{"operation":"replace","members":["matrix-member","matrix-former","matrix-peer"]}"#)
        let id = try await world.bench.append(conversation, from: "matrix-peer", data: "1")
        let own = try await world.bench.append(conversation, from: "matrix-member", data: "2")
        try await world.bench.append(
            .member, conversation, from: "matrix-member",
            data: #"{"operation":"remove","members":["matrix-former"]}"#)
        try await world.bench.settle()
        let body = method == "PATCH" ? #"{"data":3}"# : nil
        func ask(_ id: MessageID, _ person: Person) async throws -> Int {
            let answer = try await world.bench.request(
                method, "/v1/conversations/\(conversation)/messages/\(id)", as: person.user, scopes: person.scopes,
                body: body)
            return answer.status
        }
        for (person, status) in [
            (Person.nobody, 401), (.stranger, 403), (.former, 403), (.member, 403), (.admin, 202),
        ] {
            #expect(try await ask(id, person) == status, "\(person)")
        }
        #expect(try await ask(own, .member) == 202)
    }

    @Test func erasingIsForAdministrators() async throws {
        let world = try await Self.world.value
        for person in Person.allCases {
            let answer = try await world.bench.request(
                "DELETE", "/v1/users/matrix-nobody/data", as: person.user, scopes: person.scopes)
            let expected = person == .nobody ? 401 : person == .admin ? 202 : 403
            #expect(answer.status == expected, "\(person)")
        }
    }

    @Test func theDocumentIsForEverybody() async throws {
        for person in Person.allCases { #expect(try await ask("/openapi.yaml", as: person) == "200") }
    }

    /// A route that is added has to be added here, after its lines above.
    @Test func noRouteIsLeftOut() throws {
        #expect(
            try Contract.shared.get().operations(tagged: "history") == [
                "DELETE /v1/conversations/{conversation}/messages/{id}", "DELETE /v1/users/{user}/data",
                "GET /openapi.yaml", "GET /v1/conversations",
                "GET /v1/conversations/{conversation}/messages",
                "GET /v1/conversations/{conversation}/messages/{id}", "GET /v1/conversations/{conversation}/receipts",
                "GET /v1/conversations/{conversation}/export", "GET /v1/jobs/{job}", "GET /v1/users/{user}/export",
                "GET /v1/search", "GET /v1/sync", "PATCH /v1/conversations/{conversation}/messages/{id}",
            ])
    }
}
