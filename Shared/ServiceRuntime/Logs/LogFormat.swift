/// How log lines are written.
public enum LogFormat: String, CaseIterable, Sendable {
    /// `2026-11-21T07:12:58.123Z info ws-edge: listening port=9101`
    case text
    /// One JSON object a line: `time`, `level`, `service`, `logger`, `message` and the metadata.
    case json
}
