import Messaging
import RESTContract
import RedisBench
import RedisStreams
import ServiceRuntime
import TestStack
import Testing

@testable import Presence

/// The whole service, with its consumer, its loops and its REST, against a real Redis.
@Suite struct PresenceServerTests {
    private static let secret = "a-secret-of-the-tests-that-is-long-enough"

    struct Client: Sendable {
        let port: Int
        let bench: PresenceBench

        func call(
            _ method: String, _ path: String, as user: String? = "alice", scopes: [String] = [], _ body: String? = nil
        ) async throws -> HTTPClient.Answer {
            let token = try user.map { try Token(user: $0, scopes: scopes).signed(PresenceServerTests.secret) }
            let answer = try await HTTPClient.request(
                method, "http://127.0.0.1:\(port)\(path)", token: token, body: body)
            // Whatever is answered has to be as docs/openapi.yaml says.
            for violation in try Contract.shared.get().violations(method, path, answer) where path.hasPrefix("/v1/") {
                Issue.record("\(method) \(path): \(violation)\n\(answer.status) \(answer.text)")
            }
            return answer
        }

        /// What an edge does when a session begins.
        func connect(_ user: String, _ incarnation: String) async throws {
            try await append(bench.event(.connect, user, incarnation))
            try await bench.register(user, incarnation)
        }

        /// What an edge does when a session ends.
        func disconnect(_ user: String, _ incarnation: String) async throws {
            try await bench.unregister(user, incarnation)
            try await append(bench.event(.disconnect, user, incarnation))
        }

        private func append(_ event: SessionEvent) async throws {
            let partition = Partition.of(event.user, count: PresenceBench.partitions)
            _ = try await bench.redis.execute(
                .append(to: bench.keys.sessionEvents(partition), fields: event.fields))
        }

        func waitUntil(_ user: String, is status: String) async throws {
            try await eventually("\(user) is \(status)") {
                try await call("GET", "/v1/presence/\(user)").json()["status"]?.string == status
            }
        }
    }

    /// Runs one presence after the other on the same Redis.
    private func withServers(
        policy: String = "everyone", rate: Int = 10_000, _ bodies: [@Sendable (Client) async throws -> Void]
    ) async throws {
        try await withRedis { redis, server in
            let bench = try PresenceBench(redis, server, grace: .seconds(1))
            for body in bodies {
                let values = try Settings(
                    declared: PresenceConfiguration.settings, arguments: [],
                    environment: [
                        "REDIS_URL": server.url, "AUTH_JWT_SECRET": Self.secret, "PORT": "0", "GRACE": "200ms",
                        "PRESENCE_POLICY": policy, "REST_RATE": "\(rate)",
                    ])
                let context = ServiceContext(service: "presence", settings: values, logger: quiet)
                let (ports, port) = AsyncStream.makeStream(of: Int.self)
                let presence = try await PresenceServer(
                    context, PresenceConfiguration(values), onListening: { port.yield($0) })
                try await withRunning(presence.services) {
                    var iterator = ports.makeAsyncIterator()
                    let client = Client(port: try #require(await iterator.next()), bench: bench)
                    try await eventually("the service is ready") {
                        try await client.call("GET", "/readyz", as: nil).status == 200
                    }
                    try await body(client)
                }
            }
        }
    }

    private func withServer(
        policy: String = "everyone", rate: Int = 10_000, _ body: @escaping @Sendable (Client) async throws -> Void
    ) async throws {
        try await withServers(policy: policy, rate: rate, [body])
    }

    @Test func aUserWhoAsksTooOftenIsToldWhenToComeBack() async throws {
        try await withServer(rate: 10) { client in
            // A question for many users counts for ten, of twenty.
            let asked = try await client.call("POST", "/v1/presence/query", as: "eager", #"{"users":["bob"]}"#)
            #expect(asked.status == 200 && asked.header("ratelimit-limit") == "20")
            #expect(asked.header("ratelimit-remaining") == "10")
            var refused: HTTPClient.Answer?
            for _ in 0..<1000 where refused == nil {
                let answer = try await client.call("GET", "/v1/presence/eager", as: "eager")
                if answer.status == 429 { refused = answer } else { #expect(answer.status == 200) }
            }
            let answer = try #require(refused)
            #expect(answer.header("ratelimit-remaining") == "0" && answer.header("retry-after") != nil)
            #expect(try answer.json()["code"]?.string == "rate_limited")
            #expect(try await client.call("GET", "/v1/presence/bob", as: "patient").status == 200)
            #expect(try await client.call("GET", "/readyz", as: nil).status == 200)
        }
    }

    @Test func aUserComesAndGoes() async throws {
        try await withServer { client in
            try await client.bench.live("e1:x")
            try await client.connect("bob", "e1:x")
            try await client.waitUntil("bob", is: "online")
            #expect(try await client.call("GET", "/v1/presence/bob").json()["devices"] == ["phone"])
            try await client.disconnect("bob", "e1:x")
            try await client.waitUntil("bob", is: "offline")
        }
    }

    @Test func theStatusSurvivesARestart() async throws {
        try await withServers([
            { client in
                try await client.bench.live("e1:x")
                try await client.connect("bob", "e1:x")
                try await client.connect("carol", "e1:x")
                try await client.waitUntil("bob", is: "online")
                try await client.waitUntil("carol", is: "online")
            },
            { client in
                #expect(try await client.call("GET", "/v1/presence/bob").json()["status"]?.string == "online")
                try await client.disconnect("bob", "e1:x")
                try await client.waitUntil("bob", is: "offline")
                #expect(try await client.call("GET", "/v1/presence/carol").json()["status"]?.string == "online")
            },
        ])
    }

    @Test func whatHappensWhilePresenceIsAwayIsMadeUpFor() async throws {
        try await withServers([
            { client in
                try await client.bench.live("e1:x")
                try await client.connect("bob", "e1:x")
                try await client.waitUntil("bob", is: "online")
            },
            { client in
                try await client.bench.leave("e1:x")
                try await client.waitUntil("bob", is: "offline")
            },
        ])
    }

    @Test func manyUsersAreAskedForAtOnceInTheirOrder() async throws {
        try await withServer { client in
            try await client.bench.live("e1:x")
            try await client.connect("bob", "e1:x")
            try await client.waitUntil("bob", is: "online")
            let answer = try await client.call(
                "POST", "/v1/presence/query", #"{"users":["zoe","bob"]}"#)
            let list = try answer.json()["presence"]
            #expect(list?[0]?["user"] == "zoe" && list?[0]?["status"] == "offline" && list?[0]?["since"] == .null)
            #expect(list?[1]?["user"] == "bob" && list?[1]?["status"] == "online")
            let users = (0..<1000).map { "\"u\($0)\"" }.joined(separator: ",")
            let thousand = try await client.call("POST", "/v1/presence/query", #"{"users":[\#(users)]}"#)
            #expect(try thousand.json()["presence"]?.array?.count == 1000)
        }
    }

    @Test func badQuestionsAreRefused() async throws {
        try await withServer { client in
            let users = (0..<1001).map { "\"u\($0)\"" }.joined(separator: ",")
            for body in [#"{"users":[\#(users)]}"#, #"{"users":["a b"]}"#, #"{"users":"bob"}"#, "{}", "nonsense"] {
                let answer = try await client.call("POST", "/v1/presence/query", body)
                #expect(answer.status == 400)
                #expect(try answer.json()["detail"]?.string?.contains("'users'") ?? false || body.count < 20)
            }
            #expect(try await client.call("GET", "/v1/presence/a%20b").status == 400)
            #expect(try await client.call("GET", "/v1/presence/bob", as: nil).status == 401)
            #expect(try await client.call("GET", "/v1/edges/locate").status == 400)
        }
    }

    @Test func onlyMembersAskForAGroup() async throws {
        try await withServer { client in
            let change = MembershipChange(operation: .replace, name: "g", members: ["alice", "bob"])
            _ = try await client.bench.redis.execute(
                ApplyMembershipScript.command(
                    keys: client.bench.keys, group: "g", version: MessageID(milliseconds: 1, sequence: 0),
                    change: change))
            let list = try await client.call("GET", "/v1/groups/g/presence").json()["presence"]
            #expect(list?.array?.map { $0["user"]?.string } == ["alice", "bob"])
            #expect(try await client.call("GET", "/v1/groups/g/presence", as: "eve").status == 403)
            #expect(try await client.call("GET", "/v1/groups/none/presence").status == 404)
            let crowd = MembershipChange(operation: .add, members: (0..<1000).map { "u\($0)" })
            _ = try await client.bench.redis.execute(
                ApplyMembershipScript.command(
                    keys: client.bench.keys, group: "g", version: MessageID(milliseconds: 2, sequence: 0), change: crowd
                ))
            let large = try await client.call("GET", "/v1/groups/g/presence")
            #expect(large.status == 400)
            #expect(try large.json()["detail"]?.string?.contains("POST /v1/presence/query") == true)
        }
    }

    @Test func edgesAreListedAndAUserIsPlacedOnOneOfThem() async throws {
        try await withServer { client in
            let nowhere = try await client.call("GET", "/v1/edges/locate?user=bob")
            #expect(nowhere.status == 503)
            #expect(try nowhere.json()["code"] == "busy")
            #expect(try await client.call("GET", "/v1/edges").json()["ring"]?["version"] == 0)
            try await client.bench.live("e1:x")
            try await client.bench.live("e2:y", draining: true)
            try await eventually("e1 is on the ring") {
                try await client.call("GET", "/v1/edges").json()["ring"]?["version"] == 1
            }
            let answer = try await client.call("GET", "/v1/edges").json()
            let list = answer["edges"]
            #expect(list?.array?.map { $0["edge"]?.string } == ["e1", "e2"])
            #expect(list?[0]?["url"] == "ws://e1/ws" && list?[0]?["sessions"] == 3)
            #expect(list?[0]?["capacity"] == 10 && list?[0]?["load"] == 1)
            #expect(list?[1]?["draining"] == true)
            #expect(list?[0]?["since"]?.integer ?? 0 > 0)
            #expect(answer["ring"]?["changed"]?.integer ?? 0 > 0)
            #expect(answer["ring"]?["edges"] == [["edge": "e1", "weight": 10, "share": 1, "live": true]])
            let place = try await eventually("bob has a place") {
                let place = try await client.call("GET", "/v1/edges/locate?user=bob")
                return place.status == 200 ? try place.json() : nil
            }
            #expect(place == ["edge": "e1", "url": "ws://e1/ws"])
            for user in ["", "a%20b", "a/b"] {
                #expect(try await client.call("GET", "/v1/edges/locate?user=\(user)").status == 400)
            }
        }
    }

    @Test func aRingThatAnotherPresenceWroteIsFollowed() async throws {
        try await withServer { client in
            try await client.bench.live("e1:x")
            try await client.bench.live("e2:y")
            _ = try await client.bench.redis.execute(
                WriteRingScript.command(
                    keys: client.bench.keys, edges: [.init(id: "e1"), .init(id: "e2", weight: 30)], version: 7,
                    expected: 0))
            try await eventually("the ring is known") {
                try await client.call("GET", "/v1/edges").json()["ring"]?["version"]?.integer ?? 0 >= 7
            }
        }
    }

    @Test func anEdgeThatDiesIsNoticed() async throws {
        try await withServer { client in
            try await client.bench.live("e1:x")
            try await client.connect("bob", "e1:x")
            try await client.waitUntil("bob", is: "online")
            // Its last renewal: from here on nobody renews the lease.
            try await client.bench.live("e1:x", lease: .milliseconds(1))
            try await client.waitUntil("bob", is: "offline")
            #expect(try await client.call("GET", "/v1/edges").json()["edges"]?.array?.isEmpty == true)
            let metrics = try await client.call("GET", "/metrics", as: nil).text
            #expect(metrics.contains("presence_swept_incarnations_total 1"))
            #expect(metrics.contains(#"presence_lag_events{partition="0"}"#))
        }
    }

    @Test func strangersAreToldNothing() async throws {
        try await withServer(policy: "members") { client in
            try await client.bench.live("e1:x")
            try await client.connect("bob", "e1:x")
            let one = try await client.call("GET", "/v1/presence/bob")
            #expect(one.status == 403)
            #expect(try one.json()["code"] == "forbidden" && one.json()["detail"]?.string?.contains("bob") == true)
            let many = try await client.call("POST", "/v1/presence/query", #"{"users":["bob","alice"]}"#).json()
            #expect(many["presence"]?.array?.map { $0["user"]?.string } == ["alice"])
            #expect(many["forbidden"] == ["bob"])
            #expect(try await client.call("GET", "/v1/presence/bob", scopes: ["admin"]).status == 200)
            #expect(try await client.call("GET", "/v1/presence/bob", as: "bob").status == 200)
            _ = try await client.bench.redis.execute(
                NoteContactScript.command(keys: client.bench.keys, user: "alice", contact: "bob"))
            #expect(try await client.call("GET", "/v1/presence/bob").status == 200)
        }
    }

    @Test func aUserSaysWhatTheyWantToBeSeenAs() async throws {
        try await withServer { client in
            try await client.bench.live("e1:x")
            try await client.bench.watch("bob", "e1:x")
            try await client.connect("bob", "e1:x")
            try await client.waitUntil("bob", is: "online")
            let away = try await client.call(
                "PUT", "/v1/presence/me", as: "bob", #"{"status":"away","text":"at lunch"}"#)
            #expect(away.status == 200)
            #expect(try away.json()["state"] == "away" && away.json()["text"] == "at lunch")
            #expect(try await client.call("GET", "/v1/presence/bob").json()["text"] == "at lunch")
            let hidden = try await client.call("PUT", "/v1/presence/me", as: "bob", #"{"status":"invisible"}"#).json()
            #expect(hidden["status"] == "online" && hidden["state"] == "invisible" && hidden["text"] == nil)
            let seen = try await client.call("GET", "/v1/presence/bob").json()
            #expect(seen["status"] == "offline" && seen["state"] == nil && seen["devices"]?.array?.isEmpty == true)
            #expect(try await client.bench.told("e1").last?.view.shown.isOnline == false)
        }
    }

    @Test func aWishThatMakesNoSenseIsRefused() async throws {
        try await withServer { client in
            for (body, name) in [
                ("{}", "status"), (#"{"status":"busy"}"#, "'status'"), ("nonsense", "status"),
                (#"{"status":"away","text":"\#(String(repeating: "x", count: 129))"}"#, "'text'"),
                (#"{"status":"away","text":"a\nb"}"#, "'text'"), (#"{"status":"away","text":7}"#, "'text'"),
            ] {
                let answer = try await client.call("PUT", "/v1/presence/me", as: "bob", body)
                #expect(answer.status == 400 && answer.text.contains(name), "\(body): \(answer.text)")
            }
            #expect(try await client.call("PUT", "/v1/presence/me", as: nil, #"{"status":"away"}"#).status == 401)
        }
    }
}
