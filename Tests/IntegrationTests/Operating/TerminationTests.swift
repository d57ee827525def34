import TestStack
import Testing

extension IntegrationTests {
    /// SIGTERM ends each service in order, with status 0, whatever Redis does.
    @Suite(.serialized, .stack) struct Termination {
        /// One more of each kind, ready; then `trouble`, and SIGTERM to each.
        private func codes(after trouble: (Stack) async throws -> Void) async throws -> [String: Int32?] {
            let stack = try theStack()
            var services: [ServiceProcess] = []
            for kind in ServiceKind.allCases { services.append(try await stack.add(kind)) }
            try await trouble(stack)
            return try await withThrowingTaskGroup(of: (String, Int32?).self) { group in
                for service in services { group.addTask { (service.name, try await stack.remove(service)) } }
                var codes: [String: Int32?] = [:]
                for try await (name, code) in group { codes[name] = code }
                return codes
            }
        }

        private func expectOrder(_ codes: [String: Int32?]) {
            #expect(codes.count == ServiceKind.allCases.count)
            for (name, code) in codes { #expect(code == 0, "\(name) ended with \(code ?? -1)") }
        }

        private func recover() async throws {
            for service in try theStack().services { try await service.waitUntilReady(within: .seconds(60)) }
        }

        @Test func whileEverythingWorks() async throws {
            expectOrder(try await codes { _ in })
        }

        @Test func whileRedisIsGone() async throws {
            let codes = try await codes { try await $0.redis.kill() }
            try await theStack().redis.restart()
            expectOrder(codes)
            try await recover()
        }

        @Test func whilePostgresIsGone() async throws {
            let codes = try await codes { try await $0.postgres.kill() }
            try await theStack().postgres.restart()
            expectOrder(codes)
            try await recover()
        }

        @Test func whileRedisDoesNotAnswer() async throws {
            let codes = try await codes { await $0.redis.suspend() }
            await (try theStack()).redis.resume()
            expectOrder(codes)
            try await recover()
        }
    }
}
