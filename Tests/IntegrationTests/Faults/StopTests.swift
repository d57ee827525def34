import TestStack
import Testing

extension IntegrationTests {
    /// SIGTERM: every service ends by itself, with 0, whatever state the rest is in. Another code would make a supervisor believe that it crashed.
    @Suite(.serialized) struct Stop {
        /// Stops all services at once, as a machine that is shut down does, and says how each ended.
        private func codes(_ stack: Stack) async throws -> [String: Int32?] {
            try await withThrowingTaskGroup(of: (String, Int32?).self) { group in
                for service in stack.services {
                    group.addTask { (service.name, try await service.stop(within: .seconds(60))) }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
        }

        private func expectZero(_ codes: [String: Int32?], _ tails: String) {
            for (name, code) in codes { #expect(code == 0, "\(name) ended with \(code ?? -1)\n\(tails)") }
            #expect(codes.count == 5)
        }

        @Test func allServicesAtOnceEndWithZero() async throws {
            let stack = try await Stack.start()
            let alice = try await stack.connect("alice", edge: 0)
            let bob = try await stack.connect("bob", edge: 1)
            try await alice.send("user:bob", "hello")
            try await bob.message("hello")
            let codes = try await codes(stack)
            expectZero(codes, await stack.tails())
            try await stack.stop()
        }

        @Test func withoutRedisTheyEndWithZero() async throws {
            let stack = try await Stack.start()
            _ = try await stack.connect("alice", edge: 0)
            try await stack.redis.kill()
            let codes = try await codes(stack)
            expectZero(codes, await stack.tails())
            try await stack.stop()
        }

        @Test func withoutPostgresTheyEndWithZero() async throws {
            let stack = try await Stack.start()
            let alice = try await stack.connect("alice", edge: 0)
            try await stack.postgres.kill()
            try await alice.send("user:bob", "is not stored yet")
            let codes = try await codes(stack)
            expectZero(codes, await stack.tails())
            try await stack.stop()
        }
    }
}
