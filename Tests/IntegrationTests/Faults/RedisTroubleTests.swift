import Foundation
import TestStack
import Testing

extension IntegrationTests {
    /// Redis is there and takes nothing, or comes back with less than it had.
    @Suite(
        .serialized,
        .stack { plan in
            plan.edges = 1
            // So that nothing heals by the check of each session: only what is done about Redis counts here.
            plan.environments["ws-edge"] = ["CHECK_INTERVAL": "3600"]
        })
    struct RedisTrouble {
        private func isReady(_ service: ServiceProcess) async throws -> (isReady: Bool, text: String) {
            let answer = try await HTTPClient.get("\(service.url)/readyz")
            return (answer.status == 200, answer.text)
        }

        @Test(arguments: [("maxmemory", "OOM"), ("min-replicas-to-write", "NOREPLICAS")])
        func clientsAreToldBusyWhileRedisTakesNothingAndGoOnAfterwards(setting: String, word: String) async throws {
            let stack = try theStack()
            let (a, b) = (fresh("a"), fresh("b"))
            let alice = try await stack.connect(a)
            let bob = try await stack.connect(b)
            try await alice.send("user:\(b)", "before")
            try await bob.message("before")

            _ = try await stack.redis.cli("CONFIG", "SET", setting, "1")
            let n = try await alice.post("user:\(b)", "refused")
            let refusal = try await alice.frame("a refusal") { $0.n == n && $0.type == "error" }
            #expect(refusal.code == "busy")
            #expect((refusal.retryAfter ?? 0) > 0)
            let answer = try await stack.call(
                "POST", stack.router, "/v1/messages", as: a, body: "{\"to\":\"user:\(b)\",\"data\":\"refused\"}")
            #expect(answer.status == 503)
            #expect(answer.header("Retry-After") != nil)
            #expect(try answer.json()["code"]?.string == "busy")
            for service in stack.services where service.program != "history" {
                try await eventually("\(service.name) says why it is not ready") {
                    let (isReady, text) = try await isReady(service)
                    return !isReady && text.contains(word)
                }
            }

            _ = try await stack.redis.cli("CONFIG", "SET", setting, "0")
            for service in stack.services { try await service.waitUntilReady() }
            try await alice.send("user:\(b)", "refused", n: n)
            try await bob.message("refused")
            try await alice.send("user:\(b)", "after")
            try await bob.message("after")
            #expect(bob.messages.map(\.text) == ["before", "refused", "after"])
        }

        @Test func sessionsGoOnWhenRedisComesBackWithAnOlderState() async throws {
            let stack = try theStack()
            let (a, b, c) = (fresh("a"), fresh("b"), fresh("c"))
            let snapshot = try await stack.redis.snapshot()
            let alice = try await stack.connect(a)
            let bob = try await stack.connect(b)
            let carol = try await stack.connect(c)
            try await alice.send("user:\(b)", "lost in Redis")
            try await bob.message("lost in Redis")
            try await alice.send("user:\(c)", "lost in Redis")
            try await carol.message("lost in Redis")
            let cursor = carol.cursor
            try await carol.close()

            // Of the sessions, the messages and the cursors nothing is left.
            try await stack.redis.goBack(to: snapshot)
            for service in stack.services { try await service.waitUntilReady() }
            try await eventually("the sessions are registered again") {
                try await stack.redis.cli("HLEN", "sb:{u:\(b)}:sessions") == "1"
            }
            // A cursor that is further than the inbox, which is empty again, holds nothing up.
            let again = try await stack.connect(c, cursor: cursor)
            for (user, client) in [(b, bob), (c, again)] {
                for text in ["one", "two"] {
                    try await alice.send("user:\(user)", .string(text))
                    try await client.message(text)
                }
            }
            #expect(bob.messages.map(\.text) == ["lost in Redis", "one", "two"])
            #expect(again.messages.map(\.text) == ["one", "two"])
            let ids = bob.messages.compactMap(\.id)
            #expect(ids == ids.sorted { $0.compare($1, options: .numeric) == .orderedAscending })
            for user in [a, b, c] {
                try await eventually("\(user) is online") {
                    let answer = try await stack.call("GET", stack.presence, "/v1/presence/\(user)", as: user)
                    return try answer.json()["status"]?.string == "online"
                }
            }
        }
    }
}
