import Messaging
import TestStack
import Testing

extension IntegrationTests {
    /// A reader of the log stands still until the log is full, and goes on.
    @Suite(
        .serialized,
        .stack { plan in
            plan.edges = 1
            plan.environment["LOG_LIMIT"] = "1000"
            plan.environments["ws-edge"] = ["RATE": "100000", "BURST": "100000"]
        })
    struct HighWater {
        private static let limit = 1000

        private func length(_ stack: Stack, _ partition: Int) async throws -> Int {
            Int(try await stack.redis.cli("XLEN", Keys().log(partition))) ?? -1
        }

        /// Sends until the log is full; returns the texts accepted.
        private func fill(_ alice: SessionClient, _ to: String) async throws -> [String] {
            var accepted: [String] = []
            while accepted.count <= Self.limit {
                let text = "message \(accepted.count)"
                let n = try await alice.post(to, .string(text))
                let answer = try await alice.frame("an answer") {
                    $0.n == n && ($0.type == "accepted" || $0.type == "error")
                }
                guard answer.type == "accepted" else {
                    #expect(answer.code == "busy")
                    #expect((answer.retryAfter ?? 0) > 0)
                    return accepted
                }
                accepted.append(text)
            }
            Issue.record("more was accepted than the log may hold")
            return accepted
        }

        @Test(arguments: [ServiceKind.history, .router])
        func whatIsAcceptedWhileAReaderStandsStillIsDeliveredAndStored(kind: ServiceKind) async throws {
            let stack = try theStack()
            let reader = stack.all(kind)[0]
            let (a, b) = (fresh("a"), fresh("b"))
            let conversation = Conversation.direct(min(a, b), max(a, b))
            let partition = Partition.of(conversation.description, count: 16)
            let alice = try await stack.connect(a)
            let bob = try await stack.connect(b)
            try await alice.send("user:\(b)", "the first")
            try await bob.message("the first")

            await reader.suspend()
            let accepted = try await fill(alice, "user:\(b)")
            // All that the reader has not read is there, and nothing more is taken, whoever brings it.
            #expect(accepted.count >= Self.limit - 200)
            #expect(try await length(stack, partition) == Self.limit)
            try await alice.send([
                "type": "read", "conversation": .string(conversation.description), "id": "1-0",
            ])
            try await alice.frame("that a read mark is refused") {
                $0.type == "error" && $0.n == nil && $0.code == "busy"
            }
            if kind == .history {
                let answer = try await stack.call(
                    "POST", stack.router, "/v1/messages", as: a, body: "{\"to\":\"user:\(b)\",\"data\":\"refused\"}")
                #expect(answer.status == 503)
                #expect(answer.header("Retry-After") != nil)
            }
            #expect(try await length(stack, partition) == Self.limit)

            await reader.resume()
            try await bob.messages(atLeast: accepted.count + 1, within: .seconds(60))
            #expect(bob.messages.map(\.text) == ["the first"] + accepted)
            var stored: [String?] = []
            try await eventually("history has all", within: .seconds(60)) {
                // Until the first message is stored there is no such conversation.
                let messages = (try? await stack.history(conversation.description, as: a, page: 200)) ?? []
                stored = messages.map { $0["data"]?.string }
                return stored.count > accepted.count
            }
            #expect(stored == ["the first"] + accepted)
            try await eventually("the log is short again", within: .seconds(30)) {
                try await length(stack, partition) <= 200
            }
            try await eventually("sends are accepted again", within: .seconds(30)) {
                (try? await alice.send("user:\(b)", "the last")) != nil
            }
            try await bob.message("the last")
        }
    }
}
