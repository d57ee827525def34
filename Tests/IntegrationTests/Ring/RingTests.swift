import Messaging
import TestStack
import Testing

extension IntegrationTests {
    /// Sessions that are asked to move to where their users belong.
    @Suite(.serialized) struct Ring {
        /// Runs against an installation of its own, once all edges are on the ring.
        private func withStack(
            _ edges: Int, mode: String = "loose", _ body: (Stack) async throws -> Void
        ) async throws {
            let stack = try await Stack.start(
                Stack.Plan { plan in
                    plan.edges = edges
                    plan.without = ["history"]
                    plan.environment = ["RING_HYSTERESIS": "1", "RING": mode]
                })
            do {
                try await eventually("all edges are on the ring") { try await members(stack).count == edges }
                try await body(stack)
            } catch {
                try? await stack.stop()
                throw error
            }
            try await stack.stop()
        }

        private func members(_ stack: Stack) async throws -> [String] {
            let answer = try await stack.call("GET", stack.presence, "/v1/edges", as: "operator").json()
            return (answer["ring"]?["edges"]?.array ?? []).compactMap { $0["edge"]?.string }
        }

        private func url(_ stack: Stack, _ edge: Int) -> String { "ws://127.0.0.1:\(stack.edges[edge].port)/ws" }

        /// A user who belongs on the edge with this number, of `edges` edges.
        private func user(on edge: Int, of edges: Int) throws -> String {
            let ring = HashRing((1...edges).map { .init(id: "edge-\($0)") })
            return try #require(
                (0..<1000).map { "\(fresh("user"))-\($0)" }.first { ring.owner(of: $0) == "edge-\(edge + 1)" })
        }

        @Test func whereTheRingIsStrictASessionElsewhereIsAskedHomeAndMissesNothing() async throws {
            try await withStack(2, mode: "strict") { stack in
                let (alice, bob) = (try user(on: 1, of: 2), try user(on: 0, of: 2))
                let place = try await stack.call("GET", stack.presence, "/v1/edges/locate?user=\(alice)", as: bob)
                #expect(try place.json() == ["edge": "edge-2", "url": .string(url(stack, 1))])
                let astray = try await stack.connect(alice, edge: 0)
                let home = try await stack.connect(bob, edge: 0)
                try await home.send("user:\(alice)", "before")
                let before = try await astray.message("before")
                let moving = try #require(
                    try await astray.socket.receive("moving", within: .seconds(30)) { $0.text.contains("moving") })
                #expect(moving.text == #"{"type":"moving","url":"\#(url(stack, 1))","within":3000}"#)
                // The client is slow: it is closed when its time is over, and resumes at home.
                #expect(try await astray.socket.closeCode(within: .seconds(20)) == 4000)
                try await home.send("user:\(alice)", "meanwhile")
                let again = try await stack.connect(alice, edge: 1, cursor: before.cursor)
                try await again.message("meanwhile")
                try await home.send("user:\(alice)", "after")
                try await again.message("after")
                #expect(again.messages.map(\.text) == ["meanwhile", "after"])
                #expect(home.frames.allSatisfy { $0.type != "moving" })
            }
        }

        @Test func anEdgeThatGoesAwaySendsEachSessionWhereItsUserBelongsThen() async throws {
            try await withStack(3) { stack in
                let users = [try user(on: 0, of: 2), try user(on: 1, of: 2)]
                var sessions: [SessionClient] = []
                for user in users { sessions.append(try await stack.connect(user, edge: 2)) }
                async let stopped = stack.edges[2].stop(within: .seconds(60))
                for (number, session) in sessions.enumerated() {
                    let moving = try await session.socket.receive("moving", within: .seconds(20)) {
                        $0.text.contains("moving")
                    }
                    #expect(try #require(moving).text.contains(url(stack, number)))
                }
                #expect(try await stopped == 0)
                try await eventually("the edge has left the ring") {
                    try await members(stack) == ["edge-1", "edge-2"]
                }
            }
        }

        @Test func aBadSettingOfTheRingIsRefusedWithTheRemedy() async throws {
            for (name, value, words) in [
                ("RING", "tight", "loose or strict"), ("EDGE_CAPACITY", "0", "1"), ("MOVE_RATE", "fast", "number"),
                ("RING_HYSTERESIS", "-1", "0"),
            ] {
                let edge = try ServiceProcess(
                    "ws-edge",
                    environment: [
                        "EDGE_ID": "e", "AUTH_JWT_SECRET": "0123456789abcdef0123456789abcdef", name: value,
                    ])
                await #expect(throws: (any Error).self) { try await edge.start() }
                let log = await edge.tail()
                #expect(log.contains(name) && log.contains(words), "\(log)")
            }
        }
    }
}
