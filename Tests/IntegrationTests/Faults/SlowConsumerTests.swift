import Messaging
import TestStack
import Testing

extension IntegrationTests {
    /// A client that does not read is let go, and finds everything when it comes back.
    @Suite(.serialized, .stack { $0.environments["ws-edge"] = ["CHECK_INTERVAL": "3600"] }) struct SlowConsumer {
        /// How many sessions an edge has closed for being too slow.
        private func closes(_ edge: ServiceProcess) async throws -> Int {
            let text = try await HTTPClient.get("\(edge.url)/metrics").text
            let line = text.split(separator: "\n").first { $0.hasPrefix("ws_edge_closes_total{code=\"4001\"} ") }
            return line.flatMap { $0.split(separator: " ").last }.flatMap { Double($0) }.map { Int($0) } ?? 0
        }

        @Test func aReaderThatStopsIsClosedWith4001AndResumesWithoutLoss() async throws {
            let stack = try theStack()
            let bob = fresh("bob")
            let slow = try await stack.connect(bob, device: "slow", edge: 1, receiveBuffer: 4096)
            let quick = try await stack.connect(bob, device: "quick", edge: 0)
            let cursor = try #require(slow.welcome.cursor)
            // One message first: who still catches up when it stops is waited for, and not closed.
            let greeter = try await stack.connect(fresh("sender"), edge: 0)
            try await greeter.send("user:\(bob)", .string("hello"))
            try await slow.messages(atLeast: 1)
            let before = try await closes(stack.edges[1])
            try await slow.socket.pauseReading()
            // More than the edge's bound and what the kernel takes in between, from several senders within their rates.
            let filler = String(repeating: "x", count: 60_000)
            let count = 1 + 4 * 60
            try await withThrowingTaskGroup { group in
                for sender in 0..<4 {
                    let session = try await stack.connect(fresh("sender"), edge: sender % 2)
                    group.addTask {
                        for number in 0..<60 { try await session.send("user:\(bob)", .string("\(number) \(filler)")) }
                    }
                }
                try await group.waitForAll()
            }
            let all = try await quick.messages(atLeast: count, within: .seconds(60))
            // Its edge may be behind the other one: who read on before the bound is reached would not be slow.
            try await eventually("the slow reader's session is closed", within: .seconds(60)) {
                try await closes(stack.edges[1]) > before
            }
            try await slow.socket.resumeReading()
            #expect(try await slow.socket.closeCode(within: .seconds(30)) == CloseCode.slowConsumer.rawValue)
            // What it had not got it gets now, once, from where it stopped.
            let seen = slow.messages
            let back = try await stack.connect(bob, device: "slow", edge: 1, cursor: seen.last?.cursor ?? cursor)
            try await back.messages(atLeast: count - seen.count, within: .seconds(60))
            #expect((seen + back.messages).map(\.id) == all.map(\.id))
            // Neighbours on the same edge did not suffer.
            try await quick.ping()
        }

        @Test func aListenerThatStopsIsLeftBehindAndGetsTheTopicWhenItReadsAgain() async throws {
            let stack = try theStack()
            let topic = fresh("news")
            let slow = try await stack.connect(fresh("slow"), edge: 1, receiveBuffer: 4096)
            let quick = try await stack.connect(fresh("quick"), edge: 1)
            try await slow.subscribe(topic)
            try await quick.subscribe(topic)
            try await slow.socket.pauseReading()
            let filler = String(repeating: "x", count: 60_000)
            let count = 4 * 60
            try await withThrowingTaskGroup { group in
                for sender in 0..<4 {
                    let session = try await stack.connect(fresh("sender"), edge: sender % 2)
                    group.addTask {
                        for number in 0..<60 {
                            try await session.send("topic:\(topic)", .string("\(number) \(filler)"))
                        }
                    }
                }
                try await group.waitForAll()
            }
            let all = try await quick.messages(of: topic, atLeast: count, within: .seconds(60))
            #expect(slow.messages.count < count)
            try await slow.socket.resumeReading()
            let late = try await slow.messages(of: topic, atLeast: count, within: .seconds(60))
            #expect(late.map(\.id) == all.map(\.id))
            #expect(!slow.frames.contains { $0.type == "gap" })
            try await slow.ping()
        }
    }
}
