import TestStack
import Testing

extension IntegrationTests {
    /// REST calls that are refused, and why.
    @Suite(.serialized, .stack) struct RESTInput {
        private func expect(
            _ answer: HTTPClient.Answer, _ status: Int, naming word: String? = nil,
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws {
            #expect(answer.status == status, "\(answer.text)", sourceLocation: sourceLocation)
            #expect(
                answer.header("content-type")?.hasPrefix("application/problem+json") == true,
                sourceLocation: sourceLocation)
            let problem = try answer.json()
            #expect(problem["type"]?.string != nil, sourceLocation: sourceLocation)
            if let word {
                #expect(
                    problem["detail"]?.string?.contains(word) == true, "\(answer.text)", sourceLocation: sourceLocation)
            }
        }

        @Test(arguments: ["/v1/conversations", "/v1/sync", "/v1/conversations/dm:a:b/messages"])
        func historyWithoutAToken(_ path: String) async throws {
            try expect(try await HTTPClient.get(try theStack().history.url + path), 401)
        }

        @Test func sendingWithoutAToken() async throws {
            let url = try theStack().router.url + "/v1/messages"
            try expect(try await HTTPClient.request("POST", url, body: #"{"to":"user:bob","data":1}"#), 401)
        }

        @Test func aForgedToken() async throws {
            let token = try Token(user: "alice").signed("some other secret that is long enough to be one")
            try expect(try await HTTPClient.get(try theStack().history.url + "/v1/conversations", token: token), 401)
        }

        @Test(arguments: ["limit=0", "limit=10000", "limit=-1", "limit=ten"])
        func badLimits(_ query: String) async throws {
            let stack = try theStack()
            for path in [
                "/v1/conversations?\(query)", "/v1/sync?\(query)", "/v1/conversations/dm:alice:bob/messages?\(query)",
            ] {
                try expect(try await stack.call("GET", stack.history, path, as: "alice"), 400, naming: "limit")
            }
        }

        @Test func placesThatAreNoIDs() async throws {
            let stack = try theStack()
            let path = "/v1/conversations/dm:alice:bob/messages"
            try expect(
                try await stack.call("GET", stack.history, "\(path)?after=yesterday", as: "alice"), 400, naming: "after"
            )
            try expect(
                try await stack.call("GET", stack.history, "\(path)?before=now", as: "alice"), 400, naming: "before")
            try expect(
                try await stack.call("GET", stack.history, "/v1/sync?after=x", as: "alice"), 400, naming: "after")
        }

        @Test func anUnknownConversation() async throws {
            let stack = try theStack()
            let path = "/v1/conversations/group:\(fresh("nowhere"))/messages"
            try expect(try await stack.call("GET", stack.history, path, as: "alice"), 404)
        }

        @Test func aConversationThatCannotBe() async throws {
            let stack = try theStack()
            let answer = try await stack.call("GET", stack.history, "/v1/conversations/club:x/messages", as: "alice")
            #expect(answer.status == 400 || answer.status == 404)
        }

        @Test func someoneElsesConversation() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let conversation = "dm:" + [alice, bob].sorted().joined(separator: ":")
            let answer = try await stack.call(
                "GET", stack.history, "/v1/conversations/\(conversation)/messages", as: fresh("eve"))
            #expect(answer.status == 403 || answer.status == 404)
        }

        @Test(arguments: [
            "{", "[]", #"{"data":1}"#, #"{"to":"bob","data":1}"#, #"{"to":"user:b/b","data":1}"#, #"{"to":"user:bob"}"#,
        ])
        func badMessages(_ body: String) async throws {
            let stack = try theStack()
            try expect(try await stack.call("POST", stack.router, "/v1/messages", as: "alice", body: body), 400)
        }

        @Test func sendingAsSomeoneElseNeedsTheScope() async throws {
            let stack = try theStack()
            let body = #"{"to":"user:\#(fresh("bob"))","from":"carol","data":1}"#
            try expect(try await stack.call("POST", stack.router, "/v1/messages", as: "alice", body: body), 403)
            let allowed = try await stack.call(
                "POST", stack.router, "/v1/messages", as: "alice", scopes: ["send:any"], body: body)
            #expect(allowed.status == 202)
        }

        @Test func sendingToAnUnknownGroup() async throws {
            let stack = try theStack()
            let body = #"{"to":"group:\#(fresh("nowhere"))","data":1}"#
            try expect(try await stack.call("POST", stack.router, "/v1/messages", as: "alice", body: body), 404)
        }

        @Test func aGroupWithABadName() async throws {
            let stack = try theStack()
            let body = #"{"name":"x","members":["alice","b ob"]}"#
            try expect(
                try await stack.call("PUT", stack.router, "/v1/groups/\(fresh("g"))", as: "alice", body: body), 400)
            let good = #"{"name":"x","members":["alice"]}"#
            try expect(try await stack.call("PUT", stack.router, "/v1/groups/b%20ad", as: "alice", body: good), 400)
        }

        @Test func aGroupThatIsTooBig() async throws {
            let stack = try theStack()
            let members = (["alice"] + (1...100_000).map { "u\($0)" }).map { "\"\($0)\"" }.joined(separator: ",")
            let answer = try await stack.call(
                "PUT", stack.router, "/v1/groups/\(fresh("g"))", as: "alice",
                body: #"{"name":"x","members":[\#(members)]}"#)
            try expect(answer, 400, naming: "members")
        }

        @Test func onlyMembersSeeAndChangeAGroup() async throws {
            let stack = try theStack()
            let (alice, eve, group) = (fresh("alice"), fresh("eve"), fresh("g"))
            try await stack.makeGroup(group, members: [alice])
            for (method, path) in [
                ("GET", "/v1/groups/\(group)"), ("DELETE", "/v1/groups/\(group)"),
                ("PUT", "/v1/groups/\(group)/members/\(eve)"),
            ] {
                let answer = try await stack.call(method, stack.router, path, as: eve)
                #expect(answer.status == 403 || answer.status == 404, "\(method) \(path)")
            }
        }

        @Test func presenceOfTooManyAndOfBadUsers() async throws {
            let stack = try theStack()
            let many = (1...1001).map { "\"u\($0)\"" }.joined(separator: ",")
            for body in [#"{"users":[\#(many)]}"#, #"{"users":["b ob"]}"#, "{}", "{"] {
                try expect(
                    try await stack.call("POST", stack.presence, "/v1/presence/query", as: "alice", body: body), 400)
            }
            try expect(try await stack.call("GET", stack.presence, "/v1/presence/b%20ob", as: "alice"), 400)
        }

        @Test func pathsAndMethodsThatAreNotThere() async throws {
            let stack = try theStack()
            for service in [stack.router, stack.presence, stack.history] {
                try expect(try await stack.call("GET", service, "/v1/nowhere", as: "alice"), 404)
            }
            try expect(try await stack.call("DELETE", stack.history, "/v1/conversations", as: "alice"), 405)
        }

        @Test func operatorsPathsNeedNoTokenAndSayWhatTheyShould() async throws {
            for service in try theStack().services {
                #expect(try await HTTPClient.get("\(service.url)/healthz").status == 200)
                #expect(try await HTTPClient.get("\(service.url)/readyz").status == 200)
                let metrics = try await HTTPClient.get("\(service.url)/metrics")
                #expect(metrics.status == 200)
                #expect(metrics.text.contains("# TYPE"))
            }
        }
    }
}
