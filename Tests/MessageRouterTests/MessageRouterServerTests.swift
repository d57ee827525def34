import Messaging
import RESTContract
import RedisBench
import RedisStreams
import ServiceRuntime
import TestStack
import Testing

@testable import MessageRouter

/// The whole service, with its consumer and its REST, against a real Redis.
@Suite struct MessageRouterServerTests {
    struct Client: Sendable {
        static let secret = "a-secret-of-the-tests-that-is-long-enough"
        let port: Int
        let redis: RedisConnection
        let keys = Keys()

        func call(
            _ method: String, _ path: String, as user: String?, scopes: [String] = [], headers: [String: String] = [:],
            _ body: String? = nil
        ) async throws -> HTTPClient.Answer {
            let token = try user.map { try Token(user: $0, scopes: scopes).signed(Self.secret) }
            let answer = try await HTTPClient.request(
                method, "http://127.0.0.1:\(port)\(path)", token: token, headers: headers, body: body)
            // Whatever is answered has to be as docs/openapi.yaml says.
            for violation in try Contract.shared.get().violations(method, path, answer)
            where path.hasPrefix("/v1/") || path.hasPrefix("/wsTemplate/") {
                Issue.record("\(method) \(path): \(violation)\n\(answer.status) \(answer.text)")
            }
            return answer
        }

        /// The same again until it is no longer merely on its way, as changes of groups may be on a slow machine.
        func change(
            _ method: String, _ path: String, as user: String?, scopes: [String] = [], _ body: String? = nil
        ) async throws -> HTTPClient.Answer {
            for _ in 0..<30 {
                let answer = try await call(method, path, as: user, scopes: scopes, body)
                if answer.status != 202 { return answer }
            }
            throw TestStackError(.timedOut, "\(method) \(path): answered 202 thirty times")
        }

        func send(
            _ to: String, as user: String, _ data: String = "1", scopes: [String] = [], key: String? = nil
        ) async throws -> HTTPClient.Answer {
            try await call(
                "POST", "/v1/messages", as: user, scopes: scopes, headers: key.map { ["Idempotency-Key": $0] } ?? [:],
                #"{"to":"\#(to)","data":\#(data)}"#)
        }

        /// Waits until a user's inbox holds these data.
        func inbox(_ user: String, holds data: [String]) async throws {
            try await eventually("the inbox of \(user) holds \(data)") {
                try await redis.inbox(user, keys).map { String(decoding: $0.data, as: UTF8.self) } == data
            }
        }
    }

    private func withServer(
        _ settings: [String: String] = [:], _ body: @Sendable (Client) async throws -> Void
    ) async throws {
        try await withRedis { redis, server in
            // Tests ask faster than one user may.
            let environment = [
                "REDIS_URL": server.url, "AUTH_JWT_SECRET": Client.secret, "PORT": "0", "REST_RATE": "10000",
            ].merging(settings) { $1 }
            let values = try Settings(
                declared: MessageRouterConfiguration.settings, arguments: [], environment: environment)
            let context = ServiceContext(service: "message-router", settings: values, logger: quiet)
            let (ports, port) = AsyncStream.makeStream(of: Int.self)
            let router = try await MessageRouterServer(
                context, MessageRouterConfiguration(values), onListening: { port.yield($0) })
            try await withRunning(router.services) {
                var iterator = ports.makeAsyncIterator()
                let client = Client(port: try #require(await iterator.next()), redis: redis)
                try await eventually("the service is ready") {
                    try await client.call("GET", "/readyz", as: nil).status == 200
                }
                try await body(client)
            }
        }
    }

    @Test func aMessageOverRESTIsRouted() async throws {
        try await withServer { client async throws in
            let answer = try await client.send("user:bob", as: "alice", #"{"x" :  1}"#)
            #expect(answer.status == 202)
            let json = try answer.json()
            #expect(json["conversation"]?.string == "dm:alice:bob")
            let id = try #require(json["id"]?.string.flatMap { MessageID($0) })
            #expect(json["at"]?.integer == Int(id.milliseconds))
            try await client.inbox("bob", holds: [#"{"x" :  1}"#])
            try await client.inbox("alice", holds: [#"{"x" :  1}"#])
        }
    }

    @Test func anIdempotencyKeyIsAnsweredWithTheFirstIdAndSendsOnce() async throws {
        try await withServer { client async throws in
            let first = try await client.send("user:bob", as: "alice", key: "k1").json()
            let second = try await client.send("user:bob", as: "alice", key: "k1").json()
            #expect(first["id"]?.string != nil && first["id"] == second["id"])
            let other = try await client.send("user:bob", as: "alice", "2", key: "k2").json()
            #expect(other["id"] != first["id"])
            try await client.inbox("bob", holds: ["1", "2"])
            #expect(try await client.send("user:bob", as: "alice", key: "a b").status == 400)
        }
    }

    @Test func anotherSenderNeedsTheScope() async throws {
        try await withServer { client async throws in
            let body = #"{"to":"user:bob","data":1,"from":"carol"}"#
            let refused = try await client.call("POST", "/v1/messages", as: "alice", body)
            #expect(refused.status == 403)
            let answer = try await client.call("POST", "/v1/messages", as: "alice", scopes: ["send:any"], body)
            #expect(try answer.json()["conversation"]?.string == "dm:bob:carol")
        }
    }

    @Test func badMessagesAreRefused() async throws {
        try await withServer { client async throws in
            #expect(try await client.call("POST", "/v1/messages", as: nil, #"{"to":"user:b","data":1}"#).status == 401)
            for to in ["topic:", "nobody", "user:a b"] {
                let answer = try await client.send(to, as: "alice")
                #expect(answer.status == 400, "\(to)")
                #expect(answer.header("content-type") == "application/problem+json")
                #expect(try answer.json()["code"]?.string == "bad_request")
            }
            let long = "\"" + String(repeating: "x", count: 65_535) + "\""
            let answer = try await client.send("user:bob", as: "alice", long)
            #expect(answer.status == 413)
            #expect(try answer.json()["code"]?.string == "too_large")
        }
    }

    @Test func topicsAreForWhoMayPublishThere() async throws {
        try await withServer(["TOPIC_RULES": "staff.* publish=scope:staff; closed publish=nobody"]) {
            client async throws in
            let answer = try await client.send("topic:news", as: "alice")
            #expect(answer.status == 202)
            #expect(try answer.json()["conversation"]?.string == "topic:news")
            for to in ["topic:staff.lunch", "topic:closed", "all", "topic:all"] {
                let refused = try await client.send(to, as: "alice")
                #expect(refused.status == 403, "\(to)")
                #expect(try refused.json()["code"]?.string == "forbidden")
            }
            func post(_ to: String, _ scope: String) async throws -> HTTPClient.Answer {
                try await client.call(
                    "POST", "/v1/messages", as: "alice", scopes: [scope], #"{"to":"\#(to)","data":1}"#)
            }
            #expect(try await post("topic:staff.lunch", "staff").status == 202)
            let all = try await post("all", "broadcast")
            #expect(all.status == 202)
            #expect(try all.json()["conversation"]?.string == "topic:all")
        }
    }

    @Test func aPageMadeForSpringSendsAForm() async throws {
        let form = ["Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"]
        try await withServer { client async throws in
            let off = try await client.call(
                "POST", "/wsTemplate/sendToUser", as: "alice", headers: form, "receiver=bob&msg=1")
            #expect(off.status == 404)
        }
        try await withServer(["SPRING_MESSAGE": #"{"content":"{from} say: {msg}"}"#, "MESSAGE_LIMIT": "100"]) {
            client async throws in
            func send(_ body: String, as user: String? = "alice") async throws -> HTTPClient.Answer {
                try await client.call("POST", "/wsTemplate/sendToUser", as: user, headers: form, body)
            }
            let answer = try await send("receiver=bob&msg=%22hello%22+you")
            #expect(answer.status == 200 && answer.text == "ok")
            try await client.inbox("bob", holds: [#"{"content":"alice say: \"hello\" you"}"#])
            // As over STOMP, the sender's own page does not get it back; but what is written to oneself comes.
            #expect(try await send("receiver=alice&msg=me").status == 200)
            try await eventually("alice has both") {
                try await client.redis.inbox("alice", client.keys).map(\.device) == ["stomp", ""]
            }
            #expect(try await send("receiver=bob&msg=1", as: nil).status == 401)
            #expect(try await send("receiver=bob").text.contains("'msg'"))
            #expect(try await send("receiver=b+b&msg=1").text.contains("'receiver'"))
            #expect(try await send("msg=1").status == 400)
            #expect(try await send("receiver=bob&msg=" + String(repeating: "a", count: 80)).status == 413)
        }
    }

    @Test func aFullLogIsBusy() async throws {
        try await withServer(["LOG_LIMIT": "1"]) { client async throws in
            // Nobody has registered as history, so nothing is trimmed.
            _ = try await client.send("user:bob", as: "alice")
            let answer = try await client.send("user:bob", as: "alice")
            #expect(answer.status == 503)
            #expect(answer.header("retry-after") == "1")
            #expect(try answer.json()["code"]?.string == "busy")
        }
    }

    @Test func aGroupIsMadeUsedChangedAndDeleted() async throws {
        try await withServer { client async throws in
            let made = try await client.call(
                "PUT", "/v1/groups/team", as: "alice", #"{"name":"The team","members":["bob"]}"#)
            #expect(made.status == 201)
            #expect(try made.json()["members"] == ["alice", "bob"])
            // Applied when answered: sending right after works.
            #expect(try await client.send("group:team", as: "bob", "1").status == 202)
            try await client.inbox("alice", holds: ["1"])

            #expect(try await client.call("PUT", "/v1/groups/team/members/carol", as: "bob").status == 204)
            #expect(try await client.send("group:team", as: "carol", "2").status == 202)
            try await client.inbox("carol", holds: ["2"])

            let seen = try await client.call("GET", "/v1/groups/team", as: "carol").json()
            #expect(seen["id"]?.string == "team" && seen["name"]?.string == "The team")
            #expect(seen["members"] == ["alice", "bob", "carol"])
            #expect(seen["version"]?.string.flatMap { MessageID($0) } != nil)

            #expect(try await client.call("DELETE", "/v1/groups/team/members/bob", as: "bob").status == 204)
            #expect(try await client.send("group:team", as: "bob").status == 403)
            let replaced = try await client.call(
                "PUT", "/v1/groups/team", as: "alice", #"{"name":"Two","members":["alice","dora"]}"#)
            #expect(replaced.status == 200)
            #expect(try await client.call("GET", "/v1/groups/team", as: "carol").status == 403)
            #expect(try await client.call("DELETE", "/v1/groups/team", as: "dora").status == 204)
            #expect(try await client.call("GET", "/v1/groups/team", as: "dora").status == 404)
            #expect(try await client.send("group:team", as: "dora").status == 404)
        }
    }

    @Test func onlyMembersAndAdminsChangeAGroup() async throws {
        try await withServer { client async throws in
            let body = #"{"name":"x","members":[]}"#
            _ = try await client.change("PUT", "/v1/groups/g", as: "alice", body)
            for (method, path) in [
                ("PUT", "/v1/groups/g"), ("DELETE", "/v1/groups/g"), ("PUT", "/v1/groups/g/members/eve"),
                ("DELETE", "/v1/groups/g/members/alice"), ("GET", "/v1/groups/g"),
            ] {
                let answer = try await client.call(method, path, as: "eve", body)
                #expect(answer.status == 403, "\(method) \(path)")
            }
            let admin = try await client.change("PUT", "/v1/groups/g/members/eve", as: "root", scopes: ["admin"])
            #expect(admin.status == 204)
            #expect(try await client.call("GET", "/v1/groups/g", as: "eve").status == 200)
            #expect(try await client.call("PUT", "/v1/groups/nope/members/eve", as: "eve").status == 404)
            #expect(try await client.call("PUT", "/v1/groups/a%20b", as: "eve", body).status == 400)
            #expect(try await client.send("group:nope", as: "eve").status == 404)
            #expect(try await client.send("group:g", as: "mallory").status == 403)
            #expect(try await client.send("group:g", as: "mallory", scopes: ["send:any"]).status == 202)
        }
    }

    @Test func aLargeGroupIsForAdministratorsToMakeAndToFill() async throws {
        try await withServer(["GROUP_LIMIT": "4"]) { client async throws in
            func put(_ group: String, _ members: ClosedRange<Int>, scopes: [String] = []) async throws
                -> HTTPClient.Answer
            {
                let users = members.map { "\"u\($0)\"" }.joined(separator: ",")
                return try await client.change(
                    "PUT", "/v1/groups/\(group)", as: "u1", scopes: scopes, #"{"name":"x","members":[\#(users)]}"#)
            }
            func add(_ user: String, scopes: [String] = []) async throws -> HTTPClient.Answer {
                try await client.change("PUT", "/v1/groups/g/members/\(user)", as: "u1", scopes: scopes)
            }
            for refused in [try await put("g", 1...5), try await put("g", 2...5)] {
                #expect(refused.status == 403)
                let detail = try refused.json()["detail"]?.string ?? ""
                #expect(detail.contains("GROUP_LIMIT") && detail.contains("admin") && detail.contains("'members'"))
            }
            #expect([200, 201].contains(try await put("g", 1...4).status))
            #expect(try await add("u5").status == 403)
            #expect(try await add("u4").status == 204)
            #expect(try await add("u5", scopes: ["admin"]).status == 204)
            #expect(try await add("u6", scopes: ["admin"]).status == 204)
            // It is there: its members stay, leave, and make it smaller.
            #expect(try await add("u6").status == 204)
            #expect(try await put("g", 1...6).status == 403)
            #expect(try await client.change("DELETE", "/v1/groups/g/members/u6", as: "u1").status == 204)
            #expect(try await put("g", 1...3).status == 200)
            #expect(try await put("g", 1...6, scopes: ["admin"]).status == 200)
        }
    }

    @Test func aBodyIsAsLargeAsItsSenderMayNameMembers() async throws {
        try await withServer { client async throws in
            func put(_ size: Int, scopes: [String] = []) async throws -> HTTPClient.Answer {
                let blanks = String(repeating: " ", count: size)
                return try await client.change(
                    "PUT", "/v1/groups/g", as: "alice", scopes: scopes, #"{"name":"x",\#(blanks)"members":[]}"#)
            }
            #expect([200, 201].contains(try await put(1_000_000).status))
            let refused = try await put(1_100_000)
            #expect(refused.status == 413)
            #expect(try refused.json()["detail"]?.string?.contains("1048576") == true)
            #expect(try await put(1_100_000, scopes: ["admin"]).status == 200)
            #expect(try await put(17_000_000, scopes: ["admin"]).status == 413)
        }
    }

    @Test func aUserWhoAsksTooOftenIsToldWhenToComeBack() async throws {
        try await withServer(["REST_RATE": "1"]) { client async throws in
            func send(as user: String, _ scopes: [String] = []) async throws -> HTTPClient.Answer {
                try await client.send("user:bob", as: user, scopes: scopes)
            }
            let refused = try await refusal { try await send(as: "eager") }
            #expect(refused.header("ratelimit-remaining") == "0" && refused.header("ratelimit-limit") == "2")
            #expect(refused.header("retry-after").flatMap { Int($0) } ?? 0 >= 1)
            #expect(try refused.json()["code"]?.string == "rate_limited")
            #expect(try await send(as: "patient").header("ratelimit-remaining") == "1")
            // Making a group counts for as much as there is.
            let made = try await client.call("PUT", "/v1/groups/g", as: "maker", #"{"name":"x","members":[]}"#)
            #expect([201, 202].contains(made.status) && made.header("ratelimit-remaining") == "0")
            // Who speaks for many users is not held to what one may do.
            for _ in 0..<10 {
                let answer = try await send(as: "server", ["send:any"])
                #expect(answer.status == 202 && answer.header("ratelimit-limit") == nil)
            }
        }
    }

    /// The first answer that refuses; a slow machine may be let through some more.
    private func refusal(_ ask: () async throws -> HTTPClient.Answer) async throws -> HTTPClient.Answer {
        for _ in 0..<100 {
            let answer = try await ask()
            if answer.status == 429 { return answer }
            #expect(answer.status == 202)
        }
        throw TestStackError(.connection, "100 requests at once were all answered")
    }

    @Test func aFullGroupTakesNobodyMore() async throws {
        try await withServer(["GROUP_LIMIT": "100000"]) { client async throws in
            let users = (0..<99_999).map { "\"u\($0)\"" }.joined(separator: ",")
            let body = #"{"name":"x","members":[\#(users)]}"#
            #expect([201, 202].contains(try await client.call("PUT", "/v1/groups/g", as: "alice", body).status))
            try await eventually("the group is there and full", within: .seconds(60)) {
                try await client.call("PUT", "/v1/groups/g/members/one-more", as: "alice").status == 400
            }
            // Who is a member already may stay. 202: the router is still telling all the others.
            #expect([202, 204].contains(try await client.call("PUT", "/v1/groups/g/members/u5", as: "alice").status))
            let more = #"{"name":"x","members":[\#(users),"one","two"]}"#
            #expect(try await client.call("PUT", "/v1/groups/h", as: "alice", more).status == 400)
        }
    }

    @Test func metricsTellTheLagOfEachPartition() async throws {
        try await withServer { client async throws in
            _ = try await client.send("user:bob", as: "alice")
            try await client.inbox("bob", holds: ["1"])
            let metrics = try await client.call("GET", "/metrics", as: nil).text
            #expect(metrics.contains("router_messages_total 1"))
            #expect(metrics.contains("router_recipients_total 2"))
            #expect(metrics.contains(#"router_lag_entries{partition="15"} 0"#))
            #expect(metrics.contains("router_push_latency_seconds"))
        }
    }
}
