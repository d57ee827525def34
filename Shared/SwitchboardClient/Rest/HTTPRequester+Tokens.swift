extension HTTPRequester {
    /// Asks with the token that there is, and once more with a fresh one when that is not taken: the clocks may differ, or the secret was changed.
    /// - Throws: ``ClientError``.
    func ask(
        _ method: String, _ target: String, json: [UInt8]? = nil, by tokens: TokenSource
    ) async throws(ClientError) -> HTTPAnswer {
        let answer = try await ask(method, target, token: Self.token(tokens.current), json: json)
        guard answer.status == 401 else { return answer }
        return try await ask(method, target, token: Self.token(tokens.renew), json: json)
    }

    private static func token(_ get: () async throws -> ClientToken) async throws(ClientError) -> String {
        do {
            return try await get().text
        } catch {
            throw ClientError(
                .tokenRefused,
                "no token: \((error as? TokenRefused)?.description ?? "the closure that gets them threw an error")")
        }
    }
}
