/// The numbers that stand for the names of a frame's fields. They are part of the contract: docs/protocol.md has the table.
enum FrameField {
    /// A field's number is its place.
    static let names = [
        "type", "n", "id", "cursor", "conversation", "from", "at", "data", "to", "attachments", "after", "user",
        "users",
        "topic", "token", "change", "code", "message", "retryAfter", "duplicate", "status", "state", "text", "reason",
        "url", "within", "device", "session", "edge", "heartbeat", "limits",
    ]

    // Those of the frames that are written and read without their JSON.
    static let type: UInt64 = 0
    static let n: UInt64 = 1
    static let id: UInt64 = 2
    static let cursor: UInt64 = 3
    static let conversation: UInt64 = 4
    static let from: UInt64 = 5
    static let at: UInt64 = 6
    static let data: UInt64 = 7
    static let to: UInt64 = 8
    static let attachments: UInt64 = 9
    static let duplicate: UInt64 = 19

    /// The names as JSON has them, in quotes.
    static let quoted = names.map { Array("\"\($0)\"".utf8) }

    /// The names as bytes, each with its number, in the place of its length: to be found without making a `String`.
    private static let byLength: [[(bytes: [UInt8], number: Int)]] = {
        var table = [[(bytes: [UInt8], number: Int)]](
            repeating: [], count: (names.map(\.utf8.count).max() ?? 0) + 1)
        for (number, name) in names.enumerated() { table[name.utf8.count].append((Array(name.utf8), number)) }
        return table
    }()

    /// The number of a name; nil for one that has none, and then it is written out.
    static func number(of name: Span<UInt8>) -> Int? {
        guard name.count < byLength.count else { return nil }
        for known in byLength[name.count] where isSame(known.bytes.span, name) { return known.number }
        return nil
    }

    private static func isSame(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
        for place in one.indices where one[place] != other[place] { return false }
        return true
    }

    /// Whether the field's value is the id of a message or a place in an inbox: two numbers. `id`, `cursor`, `after` and `change`.
    static func isID(_ number: Int?) -> Bool {
        switch number {
        case 2, 3, 10, 15: true
        default: false
        }
    }

    /// Whether the field's value is the application's JSON, which is passed on as it stands. `data` and `attachments`.
    static func isJSON(_ number: Int?) -> Bool { number == 7 || number == 9 }
}
