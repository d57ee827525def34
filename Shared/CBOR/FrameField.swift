/// The numbers that stand for the names of a frame's fields. They are part of the contract: docs/protocol.md has the table.
enum FrameField {
    /// A field's number is its place.
    static let names = [
        "type", "n", "id", "cursor", "conversation", "from", "at", "data", "to", "attachments", "after", "user",
        "users",
        "topic", "token", "change", "code", "message", "retryAfter", "duplicate", "status", "state", "text", "reason",
        "url", "within", "device", "session", "edge", "heartbeat", "limits",
    ]

    private static let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })

    /// The number of a name; nil for one that has none, and then it is written out.
    static func number(of name: String) -> Int? { numbers[name] }

    /// Whether the field's value is the id of a message or a place in an inbox: two numbers.
    static func isID(_ name: String) -> Bool { ["id", "cursor", "after", "change"].contains(name) }

    /// Whether the field's value is the application's JSON, which is passed on as it stands.
    static func isJSON(_ name: String) -> Bool { name == "data" || name == "attachments" }
}
