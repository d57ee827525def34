public import Messaging

// History and the rest of REST, with the client's tokens
extension SwitchboardClient {
    /// Messages of a conversation: newest first with `before` (or neither), oldest first with `after`.
    /// - Parameter limit: 1 to 200.
    /// - Throws: ``ClientError``.
    public func messages(
        in conversation: String, before: MessageID? = nil, after: MessageID? = nil, limit: Int = 50
    ) async throws(ClientError) -> MessagePage {
        guard Conversation(conversation) != nil else { throw ClientStateMachine.noConversation(conversation) }
        var target = "/v1/conversations/\(conversation)/messages?limit=\(limit)"
        if let before { target += "&before=\(before)" }
        if let after { target += "&after=\(after)" }
        return try await page(target)
    }

    /// Everything for this user after a message, over all conversations, oldest first. What a ``ClientEvent/gap(conversation:after:reason:)`` left out the client fetches
    /// by itself.
    /// - Parameter limit: 1 to 200.
    /// - Throws: ``ClientError``.
    public func sync(after: MessageID, limit: Int = 200) async throws(ClientError) -> MessagePage {
        try await page("/v1/sync?after=\(after)&limit=\(limit)")
    }

    /// Anything else of docs/openapi.yaml: groups, presence, conversations, receipts, search.
    /// - Parameters:
    ///   - target: the path with the query, percent-encoded, such as `/v1/groups/team`.
    ///   - json: the body, if there is one.
    /// - Returns: the answer's JSON; empty for none.
    /// - Throws: ``ClientError``: `refused` with the problem's code, `unreachable`, `tokenRefused`, `invalid`.
    @discardableResult
    public func request(_ method: String, _ target: String, json: [UInt8]? = nil) async throws(ClientError) -> [UInt8] {
        guard target.hasPrefix("/"), (method + target).utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw ClientError(.invalid, "\"\(target.prefix(200))\" is no path: give one from / on, percent-encoded")
        }
        let answer = try await requester.ask(method, target, json: json, by: tokens)
        guard (200..<300).contains(answer.status) else {
            let problem = answer.problem
            throw .server(problem.code, problem.message ?? "\(method) \(target.prefix { $0 != "?" }): \(answer.status)")
        }
        return answer.body
    }

    private func page(_ target: String) async throws(ClientError) -> MessagePage {
        guard let page = HistoryPage(try await request("GET", target)) else {
            throw ClientError(
                .unreachable, "what answers at \(requester.address.authority) is not history: check restURL")
        }
        return MessagePage(page)
    }
}
