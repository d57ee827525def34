import TestStack
import Testing

extension IntegrationTests {
    /// SockJS with two real edges, whose client goes to another one with each request.
    @Suite(.serialized) struct SockJS {
        /// Runs against an installation of its own.
        private func withStack(_ body: (Stack) async throws -> Void) async throws {
            let stack = try await Stack.start(Stack.Plan { $0.without = ["history"] })
            do { try await body(stack) } catch {
                try? await stack.stop()
                throw error
            }
            try await stack.stop()
        }

        /// A client over `xhr` that knows all edges.
        private final class Poller {
            private let stack: Stack
            private let path: String
            private let query: String
            private var edge = 0
            private(set) var frames: [String] = []

            init(_ stack: Stack, user: String, id: String) throws {
                self.stack = stack
                path = "/chat-websocket/000/\(id)"
                query = "?device=poller&protocol=json&token=\(try stack.token(user))"
            }

            private var next: String {
                edge += 1
                return stack.edges[edge % stack.edges.count].url + path
            }

            /// One poll; the frame that came.
            func poll() async throws -> String {
                let answer = try await HTTPClient.request("POST", next + "/xhr" + query, within: .seconds(60))
                #expect(answer.status == 200)
                frames.append(answer.text)
                return answer.text
            }

            /// Polls until a frame has this.
            func poll(until text: String) async throws {
                for _ in 0..<50 where !frames.contains(where: { $0.contains(text) }) { _ = try await poll() }
                #expect(frames.contains { $0.contains(text) }, "\(frames)")
            }

            func send(_ frame: String) async throws {
                let escaped = frame.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
                let answer = try await HTTPClient.request("POST", next + "/xhr_send", body: "[\"\(escaped)\"]")
                #expect(answer.status == 204, "\(answer.text)")
            }
        }

        @Test func aSessionIsReachedFromAnyEdge() async throws {
            try await withStack { stack in
                let bob = try await stack.connect("bob", edge: 1)
                let alice = try Poller(stack, user: "alice", id: "one")
                #expect(try await alice.poll() == "o\n")
                try await alice.poll(until: "welcome")
                for n in 1...10 {
                    try await bob.send("user:alice", .string("to alice \(n)"))
                    try await alice.poll(until: "to alice \(n)")
                    try await alice.send(#"{"type":"send","n":\#(n),"to":"user:bob","data":"to bob \#(n)"}"#)
                    _ = try await bob.message("to bob \(n)")
                }
                let numbers = (1...10).map { "to alice \($0)" }
                let all = alice.frames.joined()
                let places = numbers.compactMap { all.firstRange(of: "\($0)\\\"")?.lowerBound }
                #expect(places.count == 10 && places == places.sorted())
                for number in numbers { #expect(all.ranges(of: "\(number)\\\"").count == 1, "told once: \(number)") }
                try await bob.close()
            }
        }

        @Test func aSessionOfAnEdgeThatDiesIsOverForItsClientAndResumes() async throws {
            try await withStack { stack in
                let bob = try await stack.connect("bob", edge: 1)
                // The first poll goes to the second edge, so the session is made there; the client goes on with what is left.
                let first = try await HTTPClient.request(
                    "POST",
                    stack.edges[0].url
                        + "/chat-websocket/000/two/xhr?device=p&protocol=json&token=\(stack.token("alice"))")
                #expect(first.text == "o\n")
                try await stack.edges[0].kill()
                let lost = try await HTTPClient.request("POST", stack.edges[1].url + "/chat-websocket/000/two/xhr")
                #expect(lost.text == "c[1002,\"Connection interrupted\"]\n")
                let unsent = try await HTTPClient.request(
                    "POST", stack.edges[1].url + "/chat-websocket/000/two/xhr_send", body: "[\"{}\"]",
                    within: .seconds(30))
                #expect(unsent.status == 503)
                try await bob.send("user:alice", "kept")
                let query = "?device=p&protocol=json&token=\(try stack.token("alice"))"
                let anew = stack.edges[1].url + "/chat-websocket/000/three/xhr" + query
                var seen = ""
                for _ in 0..<20 where !seen.contains("kept") {
                    seen += try await HTTPClient.request("POST", anew, within: .seconds(60)).text
                }
                #expect(seen.contains("kept"))
                try await bob.close()
            }
        }
    }
}
