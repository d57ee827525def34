/// What `/healthz`, `/readyz` and `/metrics` answer, for any HTTP server.
///
/// `/healthz` says that the process is alive; `/readyz` whether it can do its job now, with 503 and the reasons when not;
/// `/metrics` has the [Prometheus text format](https://prometheus.io/docs/instrumenting/exposition_formats/).
public struct OperationalAnswer: Sendable {
    /// 200 or 503.
    public let status: Int
    public let contentType: String
    public let body: String

    /// The paths it knows.
    public static let paths = ["/healthz", "/readyz", "/metrics"]

    /// The answer to a GET of `path` (without query), or nil when it is none of ``paths``.
    public init?(path: some StringProtocol, context: ServiceContext) {
        switch path {
        case "/healthz":
            status = 200
            contentType = "application/json"
            body = "{\"status\":\"alive\"}\n"
        case "/readyz":
            let failures = context.readiness.failures
            status = failures.isEmpty ? 200 : 503
            contentType = "application/json"
            body = Self.readinessBody(failures, context.readiness.remarks, context.readiness.ages)
        case "/metrics":
            status = 200
            contentType = "text/plain; version=0.0.4; charset=utf-8"
            body = context.metrics.render()
        default:
            return nil
        }
    }

    private static func readinessBody(
        _ failures: [(part: String, reason: String)], _ notes: [(part: String, text: String)],
        _ ages: [(part: String, age: Duration)]
    ) -> String {
        var text = failures.isEmpty ? "{\"status\":\"ready\"" : "{\"status\":\"not ready\",\"failures\":["
        for (index, failure) in failures.enumerated() {
            if index > 0 { text += "," }
            text += "{\"part\":"
            text.appendJSONString(failure.part)
            text += ",\"reason\":"
            text.appendJSONString(failure.reason)
            text += "}"
        }
        if !failures.isEmpty { text += "]" }
        if !notes.isEmpty { text += ",\"notes\":{" }
        for (index, note) in notes.enumerated() {
            if index > 0 { text += "," }
            text.appendJSONString(note.part)
            text += ":"
            text.appendJSONString(note.text)
        }
        if !notes.isEmpty { text += "}" }
        if !ages.isEmpty { text += ",\"age_seconds\":{" }
        for (index, (part, age)) in ages.enumerated() {
            if index > 0 { text += "," }
            text.appendJSONString(part)
            text += ":\(milliseconds(age) / 1000).\(String(milliseconds(age) % 1000 + 1000).dropFirst())"
        }
        if !ages.isEmpty { text += "}" }
        return text + "}\n"
    }

    private static func milliseconds(_ age: Duration) -> Int64 {
        max(0, age.inMilliseconds)
    }
}
