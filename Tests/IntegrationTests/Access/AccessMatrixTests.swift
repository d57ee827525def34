import RESTContract
import TestStack
import Testing

extension IntegrationTests {
    /// Who may do what: every route of message-router and presence, and what is on each service's own port, against nobody, a stranger, a former member of
    /// a group, a member, and administrators. The routes of history are in `AccessMatrixTests` of its module.
    @Suite(
        .serialized,
        .stack {
            $0.environments["message-router"] = ["GROUP_LIMIT": "6", "SPRING_MESSAGE": #"{"text":"{msg}"}"#]
            $0.environments["history"] = ["SPRING_PULL": "true"]
        })
    struct AccessMatrix {
        enum Person: String, CaseIterable {
            case nobody, stranger, former, member, admin
            /// A server of the application: it speaks for anybody.
            case server

            var user: String { "matrix-\(rawValue)" }
            var scopes: [String] {
                switch self {
                case .admin: ["admin"]
                case .server: ["send:any", "broadcast"]
                default: []
                }
            }
        }

        enum Service { case router, presence, history, edge }

        /// A request, and the status of its answer to each. `PERSON` in it is who asks: what is changed is another one's each time.
        struct Row {
            var service: Service
            var method: String
            var path: String
            var body: String?
            /// In the order of ``Person``.
            var expected: [Int]

            init(_ service: Service, _ method: String, _ path: String, _ body: String? = nil, _ expected: Int...) {
                (self.service, self.method, self.path, self.body, self.expected) =
                    (service, method, path, body, expected)
            }
        }

        private static func send(_ to: String, _ more: String = "") -> String {
            #"{"to":"\#(to)","data":1\#(more)}"#
        }

        private static func group(_ members: [String]) -> String {
            #"{"name":"matrix","members":[\#(members.map { "\"\($0)\"" }.joined(separator: ","))]}"#
        }

        private static let members = ["matrix-member", "matrix-peer"]
        private static let seven = (1...7).map { "matrix-filler-\($0)" }

        // Each as: nobody, stranger, former, member, admin, server.
        static let matrix = [
            // Sending: what needs a conversation's members, a scope, or neither.
            Row(.router, "POST", "/v1/messages", send("user:matrix-peer"), 401, 202, 202, 202, 202, 202),
            Row(.router, "POST", "/v1/messages", send("topic:matrix"), 401, 202, 202, 202, 202, 202),
            Row(.router, "POST", "/v1/messages", send("group:matrix"), 401, 403, 403, 202, 403, 202),
            Row(.router, "POST", "/v1/messages", send("group:matrix-none"), 401, 404, 404, 404, 404, 404),
            Row(.router, "POST", "/v1/messages", send("all"), 401, 403, 403, 403, 403, 202),
            Row(
                .router, "POST", "/v1/messages", send("user:matrix-peer", #","from":"matrix-other""#), 401, 403, 403,
                403, 403, 202),

            // What pages made for a Spring server ask for, with a form: one sends as oneself, and is told one's own.
            Row(
                .router, "POST", "/wsTemplate/sendToUser", "receiver=matrix-peer&msg=1", 401, 200, 200, 200, 200, 200),
            Row(
                .history, "POST", "/wsTemplate/pullUnreadMessage", "destination=%2Ftopic%2Freply", 401, 200, 200, 200,
                200, 200),

            // Groups: for their members and administrators; anybody makes one of up to GROUP_LIMIT members.
            Row(.router, "PUT", "/v1/groups/matrix-new-PERSON", group(members), 401, 201, 201, 201, 201, 201),
            Row(.router, "PUT", "/v1/groups/matrix-big-PERSON", group(seven), 401, 403, 403, 403, 201, 403),
            Row(.router, "PUT", "/v1/groups/matrix", group(members), 401, 403, 403, 200, 200, 403),
            Row(.router, "GET", "/v1/groups/matrix", nil, 401, 403, 403, 200, 200, 403),
            Row(.router, "GET", "/v1/groups/matrix-none", nil, 401, 404, 404, 404, 404, 404),
            Row(.router, "PUT", "/v1/groups/matrix/members/matrix-peer", nil, 401, 403, 403, 204, 204, 403),
            Row(.router, "PUT", "/v1/groups/matrix-full/members/matrix-new", nil, 401, 403, 403, 403, 204, 403),
            Row(.router, "DELETE", "/v1/groups/matrix/members/matrix-absent", nil, 401, 403, 403, 204, 204, 403),
            Row(.router, "DELETE", "/v1/groups/matrix-end-PERSON", nil, 401, 403, 403, 204, 204, 403),

            // Presence: of those whom one shares a conversation with.
            Row(.presence, "GET", "/v1/presence/matrix-friend", nil, 401, 403, 403, 200, 200, 403),
            Row(.presence, "GET", "/v1/presence/matrix-unknown", nil, 401, 403, 403, 403, 200, 403),
            Row(.presence, "PUT", "/v1/presence/me", #"{"status":"away"}"#, 401, 200, 200, 200, 200, 200),
            Row(.presence, "POST", "/v1/presence/query", #"{"users":["matrix-friend"]}"#, 401, 200, 200, 200, 200, 200),
            Row(.presence, "GET", "/v1/groups/matrix-friends/presence", nil, 401, 403, 403, 200, 200, 403),

            // A user's sessions are for administrators, even one's own.
            Row(.router, "DELETE", "/v1/users/matrix-nobody/sessions", nil, 401, 403, 403, 403, 202, 403),
            Row(.presence, "GET", "/v1/users/matrix-member/explain", nil, 401, 403, 403, 403, 200, 403),

            Row(.presence, "GET", "/v1/edges", nil, 401, 200, 200, 200, 200, 200),
            Row(.presence, "GET", "/v1/edges/locate?user=matrix-peer", nil, 401, 200, 200, 200, 200, 200),

            // On a port that the gateway does not pass on, and without a token.
            Row(.router, "GET", "/healthz", nil, 200, 200, 200, 200, 200, 200),
            Row(.presence, "GET", "/readyz", nil, 200, 200, 200, 200, 200, 200),
            Row(.edge, "GET", "/metrics", nil, 200, 200, 200, 200, 200, 200),
            Row(.history, "GET", "/canary", nil, 200, 200, 200, 200, 200, 200),
        ]

        /// The groups that the matrix is about.
        private func prepare(_ stack: Stack) async throws {
            for group in ["matrix", "matrix-friends"] {
                try await stack.makeGroup(group, members: ["matrix-member", "matrix-former", "matrix-peer"])
                if group == "matrix-friends" {
                    try await change(stack, "PUT", "/v1/groups/\(group)/members/matrix-friend")
                }
            }
            for group in ["matrix", "matrix-friends"] {
                try await change(stack, "DELETE", "/v1/groups/\(group)/members/matrix-former")
            }
            try await stack.makeGroup("matrix-full", members: ["matrix-member"] + Self.seven.prefix(5))
            for person in Person.allCases {
                try await stack.makeGroup("matrix-end-\(person)", members: ["matrix-member", "matrix-peer"])
            }
        }

        private func change(_ stack: Stack, _ method: String, _ path: String) async throws {
            try await eventually("\(method) \(path) is done") {
                try await stack.call(method, stack.router, path, as: "matrix-member").status == 204
            }
        }

        @Test func everybodyIsAnsweredAsTheMatrixSays() async throws {
            let stack = try theStack()
            let contract = try Contract.shared.get()
            try await prepare(stack)
            for row in Self.matrix {
                let service: ServiceProcess =
                    switch row.service {
                    case .router: stack.router
                    case .presence: stack.presence
                    case .history: stack.history
                    case .edge: stack.edges[0]
                    }
                for (person, expected) in zip(Person.allCases, row.expected) {
                    let path = row.path.replacing("PERSON", with: person.rawValue)
                    let token = person == .nobody ? nil : try stack.token(person.user, scopes: person.scopes)
                    let form = ["Content-Type": "application/x-www-form-urlencoded"]
                    let answer = try await HTTPClient.request(
                        row.method, service.url + path, token: token,
                        headers: path.hasPrefix("/wsTemplate/") ? form : [:], body: row.body, within: .seconds(60))
                    // On a slow machine a change is in the log before it is applied.
                    let isAwaited = answer.status == 202 && [200, 201, 204].contains(expected)
                    let what = "\(row.method) \(path) \(row.body ?? "") as \(person): \(answer.text)"
                    #expect(answer.status == expected || isAwaited, "\(what)")
                    // The edge's own answers are not those of the REST services.
                    for violation in contract.violations(row.method, path, answer) where row.service != .edge {
                        Issue.record("\(row.method) \(path) as \(person): \(violation)\n\(answer.text)")
                    }
                    // Of whom one may not see nothing is told.
                    if path == "/v1/presence/query", answer.status == 200 {
                        let isSeen = [.member, .admin].contains(person)
                        let answer = try answer.json()
                        #expect(answer["presence"]?.array?.count == (isSeen ? 1 : 0), "\(person)")
                        #expect(answer["forbidden"]?.array?.count == (isSeen ? 0 : 1), "\(person)")
                    }
                }
            }
        }

        /// A route that is added to the document has to be added here, or to the matrix of history.
        @Test func noRouteIsLeftOut() throws {
            let contract = try Contract.shared.get()
            let tried = Set(Self.matrix.compactMap { contract.operation($0.method, $0.path) })
            #expect(tried == contract.operations().subtracting(contract.operations(tagged: "history")))
            for row in Self.matrix { #expect(row.expected.count == Person.allCases.count, "\(row.path)") }
        }
    }
}
