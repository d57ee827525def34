import Foundation
import TestStack
import Testing

extension IntegrationTests {
    /// Readiness that proves delivery: whatever holds messages up is named within 10 s, and goes away with its cause.
    @Suite(.serialized, .stack) struct Canary {
        /// Waits until a service is not ready because of `part`, and returns the reason.
        private func failure(
            of service: ServiceProcess, part: String, within limit: Duration = .seconds(10),
            naming word: String
        ) async throws {
            var last = ""
            do {
                try await eventually("\(service.name) names \(word)", within: limit) {
                    let answer = try await HTTPClient.get("\(service.url)/readyz", within: .seconds(2))
                    last = answer.text
                    guard answer.status == 503 else { return false }
                    let failures = try answer.json()["failures"]?.array ?? []
                    let mine = failures.first { $0["part"]?.string == part }
                    return mine?["reason"]?.string?.contains(word) == true
                }
            } catch {
                throw TestStackError(.timedOut, "\(error); the last answer: \(last)")
            }
        }

        private func metric(_ name: String, of service: ServiceProcess) async throws -> Double? {
            let text = try await HTTPClient.get("\(service.url)/metrics").text
            let line = text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
            return line.flatMap { Double($0.dropFirst(name.count + 1)) }
        }

        @Test func aStackThatIsReadyHasProvedItself() async throws {
            let stack = try theStack()
            for service in stack.edges + [stack.router] {
                let part = service.program == "ws-edge" ? "delivery" : "history"
                let answer = try await HTTPClient.get("\(service.url)/readyz").json()
                #expect(answer["status"]?.string == "ready")
                #expect(answer["age_seconds"]?[part] != nil)
                let prefix = service.program == "ws-edge" ? "ws_edge" : "router"
                #expect(try await metric("\(prefix)_canary_age_seconds", of: service) ?? 99 < 8)
                #expect(try await metric("\(prefix)_canary_round_trip_seconds_count", of: service) ?? 0 >= 16)
            }
        }

        @Test func whatNobodySentIsNowhereToBeSeen() async throws {
            let stack = try theStack()
            let alice = try await stack.connect("alice-canary")
            let bob = try await stack.connect("bob-canary", edge: 1)
            try await alice.send("user:bob-canary", "hello")
            try await bob.message("hello")
            try await eventually("history has it") {
                try await stack.postgres.sql("SELECT count(*) FROM history.messages") == ["1"]
            }
            for service in stack.edges {
                #expect(try await metric("ws_edge_messages_delivered_total", of: service) ?? 0 <= 1)
            }
            #expect(try await metric("router_messages_total", of: stack.router) == 1)
            let named = try await stack.postgres.sql("SELECT name FROM history.conversations")
            #expect(named == ["dm:alice-canary:bob-canary"])
            #expect(try await stack.postgres.sql("SELECT count(*) FROM history.canaries") == ["16"])
            #expect(try await stack.redis.cli("KEYS", "*:dead:*") == "")
            // Bob's alone: the sender has no other device for which it would be in their own.
            #expect(try await stack.redis.cli("KEYS", "*canary*:inbox") == "sb:{u:bob-canary}:inbox")
            // Sync ends where a partition has something that is not stored yet, be it a canary.
            try await eventually("sync has the one message") {
                let sync = try await stack.call("GET", stack.history, "/v1/sync", as: "bob-canary").json()
                return sync["messages"]?.array?.count == 1
            }
        }

        @Test func aKilledRouterTurnsEveryEdgeOffAndItsReturnOnAgain() async throws {
            let stack = try theStack()
            let alice = try await stack.connect("alice-router")
            let bob = try await stack.connect("bob-router", edge: 1)
            try await stack.router.kill()
            for edge in stack.edges { try await failure(of: edge, part: "delivery", naming: "message-router") }
            // Sessions go on all the same, and what is accepted now is delivered later.
            try await alice.send("user:bob-router", "later")
            try await stack.router.start()
            for edge in stack.edges { try await edge.waitUntilReady() }
            try await bob.message("later")
        }

        @Test func aFrozenHistoryTurnsTheRouterOffAndMessagesGoOn() async throws {
            let stack = try theStack()
            let alice = try await stack.connect("alice-history")
            let bob = try await stack.connect("bob-history", edge: 1)
            await stack.history.suspend()
            try await failure(of: stack.router, part: "history", naming: "history")
            try await alice.send("user:bob-history", "meanwhile")
            try await bob.message("meanwhile")
            for edge in stack.edges {
                #expect(try await HTTPClient.get("\(edge.url)/readyz").status == 200)
            }
            await stack.history.resume()
            try await stack.router.waitUntilReady()
        }

        @Test func aPostgresThatIsAwayTurnsTheRouterOff() async throws {
            let stack = try theStack()
            try await stack.postgres.kill()
            try await failure(of: stack.router, part: "history", naming: "history")
            try await stack.postgres.restart()
            try await stack.router.waitUntilReady()
        }

        @Test func aFrozenRedisIsNamed() async throws {
            let stack = try theStack()
            await stack.redis.suspend()
            for edge in stack.edges { try await failure(of: edge, part: "delivery", naming: "redis") }
            try await failure(of: stack.router, part: "history", naming: "redis")
            await stack.redis.resume()
            for service in stack.services { try await service.waitUntilReady() }
        }
    }
}
