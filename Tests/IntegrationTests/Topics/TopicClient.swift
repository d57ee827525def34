import TestStack

extension SessionClient {
    /// Subscribes to a topic and waits for the answer.
    /// - Parameter after: where to resume; `0` for everything that is kept.
    @discardableResult
    func subscribe(_ topic: String, after: String? = nil, n: Int = 1_000_000) async throws -> ServerMessage {
        var frame: [String: JSONValue] = [
            "type": "subscribe", "n": .number(Double(n)), "topic": .string(topic),
        ]
        if let after { frame["after"] = .string(after) }
        try await send(.object(frame))
        let answer = try await self.frame("an answer to subscribe \(topic)") {
            $0.n == n && ($0.type == "ok" || $0.type == "error")
        }
        guard answer.type == "ok" else {
            throw TestStackError(.connection, "subscribe \(topic): \(answer.code ?? "") \(answer.message ?? "")")
        }
        return answer
    }

    func unsubscribe(_ topic: String, n: Int = 2_000_000) async throws {
        try await send(["type": "unsubscribe", "n": .number(Double(n)), "topic": .string(topic)])
        try await frame("ok to unsubscribe") { $0.n == n && $0.type == "ok" }
    }

    /// The messages of a conversation that have come, in their order.
    func messages(in conversation: String) -> [ServerMessage] { messages.filter { $0.conversation == conversation } }

    /// Waits until so many messages of a topic have come.
    @discardableResult
    func messages(
        of topic: String, atLeast count: Int, within limit: Duration = .seconds(30)
    ) async throws -> [ServerMessage] {
        let conversation = "topic:\(topic)"
        do {
            return try await eventually("\(count) messages of \(topic) for \(user)", within: limit) {
                let messages = self.messages(in: conversation)
                return messages.count >= count ? messages : nil
            }
        } catch let error as TestStackError {
            throw TestStackError(
                error.code, "\(error): there are \(messages(in: conversation).map { $0.text ?? "" })")
        }
    }
}
