import TestStack
import Testing

extension IntegrationTests.TopicFaults {
    /// A listener that goes and comes, each time to another edge, and resumes by the largest id it has seen.
    private struct Wanderer {
        let stack: Stack
        let user = fresh("wanderer")
        let topic: String
        /// Everything that is to be heard.
        let count: Int

        /// Listens until it has heard everything; returns the texts in the order of their coming.
        func listen() async throws -> [String] {
            var heard: [String] = []
            var place: String?
            var visit = 0
            while heard.count < count {
                visit += 1
                // An edge that is down just now refuses; the next one will not.
                guard let client = try? await stack.connect(user, device: "d\(visit)", edge: .random(in: 0...1)) else {
                    try await Task.sleep(for: .milliseconds(100))
                    continue
                }
                // Before its first `ok` it has no place, and wants everything.
                guard let ok = try? await client.subscribe(topic, after: place ?? "0") else { continue }
                let wanted = Int.random(in: 1...max(1, count / 3))
                _ = try? await client.messages(of: topic, atLeast: wanted, within: .seconds(5))
                try? await client.close()
                let messages = client.messages(in: "topic:\(topic)")
                if client.frames.contains(where: { $0.type == "gap" }) {
                    throw TestStackError(.connection, "\(user) was told of a gap")
                }
                heard += messages.map { $0.text ?? "" }
                place = messages.last?.id ?? place ?? ok.after
            }
            return heard
        }
    }

    @Test func whoComesAndGoesHearsEverythingWhateverDies() async throws {
        let stack = try theStack()
        let topics = [fresh("one"), fresh("two")]
        let count = 240
        try await withThrowingTaskGroup { group in
            for topic in topics {
                for _ in 0..<4 {
                    let wanderer = Wanderer(stack: stack, topic: topic, count: count)
                    group.addTask {
                        let heard = try await wanderer.listen()
                        #expect(heard == (0..<count).map(String.init), "\(wanderer.user)")
                    }
                }
                // Over REST, with a key, so that what is not answered may be said again.
                group.addTask {
                    for number in 0..<count {
                        try await eventually("message \(number) is accepted", within: .seconds(60)) {
                            let answer = try? await stack.call(
                                "POST", stack.router, "/v1/messages", as: "server",
                                headers: ["Idempotency-Key": "\(topic)-\(number)"],
                                body: #"{"to":"topic:\#(topic)","data":"\#(number)"}"#)
                            return answer?.status == 202
                        }
                    }
                }
            }
            group.addTask {
                try await stack.edges[1].killAndRestart()
                try await stack.router.killAndRestart()
                try await stack.redis.restart()
                for service in stack.services { try await service.waitUntilReady() }
                try await stack.edges[0].killAndRestart()
            }
            try await group.waitForAll()
        }
    }
}
