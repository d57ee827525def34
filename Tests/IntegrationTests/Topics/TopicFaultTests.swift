import TestStack
import Testing

extension IntegrationTests {
    /// Edges and routers die while topics are heard: who goes on, and who resumes by `after`, gets everything once and in order.
    @Suite(
        .serialized,
        .stack { $0.environments["ws-edge"] = ["CHECK_INTERVAL": "1", "RATE": "2000", "BURST": "5000"] }
    ) struct TopicFaults {
        /// Publishes so many, each when the one before was accepted or refused as busy.
        private func publish(_ client: SessionClient, _ topic: String, _ numbers: Range<Int>) async throws {
            for number in numbers {
                while true {
                    let n = try await client.post("topic:\(topic)", .string("\(number)"), n: number + 1)
                    let answer = try await client.frame("an answer to \(n)", within: .seconds(30)) {
                        $0.n == n && ($0.type == "accepted" || $0.type == "error")
                    }
                    if answer.type == "accepted" { break }
                    guard answer.code == "busy" else {
                        throw TestStackError(.connection, "\(answer.code ?? ""): \(answer.message ?? "")")
                    }
                }
            }
        }

        private func texts(_ client: SessionClient, _ topic: String, _ count: Int) async throws -> [String] {
            try await client.messages(of: topic, atLeast: count, within: .seconds(60)).map { $0.text ?? "" }
        }

        @Test func aRouterIsKilledUnderTraffic() async throws {
            let stack = try theStack()
            let topic = fresh("news")
            let one = try await stack.connect(fresh("alice"), edge: 0)
            let two = try await stack.connect(fresh("bob"), edge: 1)
            try await two.subscribe(topic)
            async let published: Void = publish(one, topic, 0..<200)
            try await stack.router.killAndRestart()
            try await published
            #expect(try await texts(two, topic, 200) == (0..<200).map(String.init))
            #expect(!two.frames.contains { $0.type == "gap" })
        }

        @Test func anEdgeIsKilledAndItsListenerResumesElsewhere() async throws {
            let stack = try theStack()
            let topic = fresh("news")
            let one = try await stack.connect(fresh("alice"), edge: 0)
            let two = try await stack.connect(fresh("bob"), edge: 1)
            let place = try #require(try await two.subscribe(topic).after)
            try await publish(one, topic, 0..<50)
            try await two.messages(of: topic, atLeast: 10)
            async let published: Void = publish(one, topic, 50..<150)
            try await stack.edges[1].killAndRestart()
            let seen = two.messages(in: "topic:\(topic)")
            let back = try await stack.connect(two.user, device: "other", edge: 0)
            try await back.subscribe(topic, after: seen.last?.id ?? place)
            try await published
            let rest = try await texts(back, topic, 150 - seen.count)
            #expect(seen.map { $0.text ?? "" } + rest == (0..<150).map(String.init))
        }

        @Test func anEdgeThatTakesANewIncarnationHearsOn() async throws {
            let stack = try theStack()
            let topic = fresh("news")
            let one = try await stack.connect(fresh("alice"), edge: 0)
            let two = try await stack.connect(fresh("bob"), edge: 1)
            try await two.subscribe(topic)
            try await publish(one, topic, 0..<10)
            let before = try await stack.redis.cli("HKEYS", "sb:{t:\(topic)}:edges")
            try await stack.redis.restart()
            for service in stack.services { try await service.waitUntilReady() }
            try await eventually("the interest is entered under the new incarnation", within: .seconds(30)) {
                let now = try await stack.redis.cli("HKEYS", "sb:{t:\(topic)}:edges")
                return now != before && now.contains("edge-2:")
            }
            try await publish(one, topic, 10..<30)
            #expect(try await texts(two, topic, 30) == (0..<30).map(String.init))
        }

        @Test func whatAnEdgeWasNeverToldIsFoundByTheCheck() async throws {
            let stack = try theStack()
            let topic = fresh("news")
            let one = try await stack.connect(fresh("alice"), edge: 0)
            let two = try await stack.connect(fresh("bob"), edge: 1)
            try await two.subscribe(topic)
            try await publish(one, topic, 0..<1)
            _ = try await texts(two, topic, 1)
            // Nobody is told of the last one: the interest is gone.
            try await stack.redis.cli("DEL", "sb:{t:\(topic)}:edges")
            try await publish(one, topic, 1..<2)
            #expect(try await texts(two, topic, 2) == ["0", "1"])
        }
    }
}
