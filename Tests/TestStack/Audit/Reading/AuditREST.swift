/// REST calls of an audit: tried again for as long as it has patience, since a service may be down just then.
struct AuditREST: Sendable {
    let patience: Duration

    /// Asks until the answer is one that counts: below 500 and not 429.
    /// - Throws: ``TestStackError`` when there is none within the patience.
    func request(_ method: String, _ url: String, token: String, body: String? = nil) async throws -> HTTPClient.Answer
    {
        let deadline = ContinuousClock.now + patience
        var pause = Duration.milliseconds(100)
        while true {
            let what: String
            do {
                let answer = try await HTTPClient.request(method, url, token: token, body: body, within: .seconds(5))
                if answer.status < 500, answer.status != 429 { return answer }
                what = "\(answer.status) \(answer.text)"
            } catch let error as TestStackError {
                what = "\(error)"
            }
            guard ContinuousClock.now < deadline else {
                throw TestStackError(.timedOut, "\(method) \(url): not within \(patience), at last: \(what)")
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(1))
        }
    }
}
