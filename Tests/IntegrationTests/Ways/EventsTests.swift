import TestStack
import Testing

extension IntegrationTests {
    /// Server-Sent Events with real services.
    @Suite(.serialized) struct Events {
        /// Runs against an installation of its own.
        private func withStack(_ body: (Stack) async throws -> Void) async throws {
            let stack = try await Stack.start(Stack.Plan { $0.without = ["history"] })
            do { try await body(stack) } catch {
                try? await stack.stop()
                throw error
            }
            try await stack.stop()
        }

        /// Listens until the edge goes away, which is what ends a stream; what was said meanwhile by `body`.
        private func listen(
            _ stack: Stack, _ headers: [String: String] = [:], _ body: () async throws -> Void
        ) async throws -> String {
            let edge = stack.edges[0]
            let address = edge.url + "/events?device=ear"
            let token = try stack.token("alice")
            async let stream = HTTPClient.request("GET", address, token: token, headers: headers, within: .seconds(120))
            try await eventually("the stream is there") { try await sessions(edge) == 1 }
            try await body()
            try await edge.stop()
            try await edge.start()
            return try await stream.text
        }

        private func sessions(_ edge: ServiceProcess) async throws -> Int {
            let text = try await HTTPClient.request("GET", edge.url + "/metrics").text
            let line = text.split(separator: "\n").first { $0.hasPrefix("ws_edge_event_streams ") }
            return line?.split(separator: " ").last.flatMap { Double(String($0)) }.map { Int($0) } ?? 0
        }

        @Test func whatFollowsTheLastEventComesWhenAListenerComesBack() async throws {
            try await withStack { stack in
                let bob = try await stack.connect("bob", edge: 1)
                let first = try await listen(stack) {
                    for n in 1...5 { try await bob.send("user:alice", .string("first \(n)")) }
                }
                let ids = first.split(separator: "\n").filter { $0.hasPrefix("id: ") }.map { String($0.dropFirst(4)) }
                #expect(first.contains("\"type\":\"welcome\"") && first.contains("event: close\ndata: {\"code\":"))
                #expect(ids.count == 6 && (1...5).allSatisfy { first.contains("first \($0)") }, "\(first)")
                // As if the last two had been lost on their way.
                let place = try #require(ids.dropLast(2).last)
                let second = try await listen(stack, ["Last-Event-ID": place]) {
                    try await bob.send("user:alice", "second")
                }
                #expect(!second.contains("first 3"))
                for text in ["first 4", "first 5", "second"] { #expect(second.contains(text), "\(second)") }
                try await bob.close()
            }
        }
    }
}
