import FoundationEssentials
import Messaging
import RedisStreams

/// Dead letters as text. Whatever came from outside is shown with its control characters escaped: it must not write to the terminal.
enum LetterText {
    /// What users wrote.
    private static let bodyField = "data"

    /// A line for each, under a heading.
    static func table(_ items: [DeadLetterBook.Item]) -> [String] {
        let heading = ["GROUP", "PARTITION", "ENTRY", "PUT ASIDE", "TRIES", "WHY", "WHAT", "FOR"]
        let rows = items.map { item in
            [
                item.group.rawValue, "\(item.partition)", "\(item.letter.id)", time(item.id), "\(item.letter.tries)",
                item.letter.kind?.rawValue ?? "?", what(item), users(item, atMost: 3),
            ]
        }
        var widths = heading.map(\.count)
        for row in rows {
            for (column, cell) in row.enumerated() { widths[column] = max(widths[column], cell.count) }
        }
        return ([heading] + rows).map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line +=
                    column == row.count - 1
                    ? cell : cell + String(repeating: " ", count: widths[column] - cell.count + 2)
            }
            return line
        }
    }

    /// All that is known of one.
    static func full(_ item: DeadLetterBook.Item, showsBody: Bool) -> String {
        var lines = [
            "entry \(item.letter.id)",
            "  group         \(item.group.rawValue), partition \(item.partition)",
            "  put aside     \(time(item.id)) as \(item.id), after \(item.letter.tries) tries",
            "  why           \(item.letter.kind?.rawValue ?? "?"): \(shown(item.letter.reason))",
            "  for           \(users(item, atMost: .max))",
        ]
        for (name, value) in item.letter.fields.pairs {
            let label = shown(String(decoding: name, as: UTF8.self))
            let isHidden = label == bodyField && !showsBody
            let text =
                isHidden ? "\(value.count) bytes, shown with --body" : shown(String(decoding: value, as: UTF8.self))
            lines.append("  " + label + String(repeating: " ", count: max(1, 14 - label.count)) + text)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// One as a line of JSON.
    static func json(
        _ item: DeadLetterBook.Item, showsBody: Bool, outcome: String? = nil, place: MessageID? = nil
    ) -> String {
        var record = Record(
            group: item.group.rawValue, partition: item.partition, entry: item.letter.id.description,
            letter: item.id.description, at: time(item.id), tries: item.letter.tries,
            kind: item.letter.kind?.rawValue, reason: item.letter.reason, users: item.letter.users, fields: [:],
            bodyBytes: nil, outcome: outcome, place: place?.description)
        for (name, value) in item.letter.fields.pairs {
            let label = String(decoding: name, as: UTF8.self)
            if label == bodyField { record.bodyBytes = value.count }
            guard label != bodyField || showsBody else { continue }
            record.fields[label] = String(decoding: value, as: UTF8.self)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(record)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    private struct Record: Encodable {
        var group: String
        var partition: Int
        var entry: String
        var letter: String
        var at: String
        var tries: Int
        var kind: String?
        var reason: String
        var users: [String]
        var fields: [String: String]
        var bodyBytes: Int?
        var outcome: String?
        var place: String?

        enum CodingKeys: String, CodingKey {
            case group, partition, entry, letter, at, tries, kind = "class", reason, users, fields, bodyBytes, outcome
            case place
        }
    }

    private static func what(_ item: DeadLetterBook.Item) -> String {
        let fields = item.letter.fields
        guard let type = try? fields.text("type", at: 0) else { return "?" }
        let about = (try? fields.text("conversation", at: 1)) ?? (try? fields.text("user", at: 1)) ?? ""
        return shown("\(type) \(about)").prefix(60).description
    }

    private static func users(_ item: DeadLetterBook.Item, atMost limit: Int) -> String {
        let users = item.letter.users
        guard !users.isEmpty else { return item.group == .router ? "all whom it concerns" : "-" }
        let rest = users.count > limit ? " and \(users.count - limit) more" : ""
        return shown(users.prefix(limit).joined(separator: " ")) + rest
    }

    static func time(_ id: MessageID) -> String {
        Date(timeIntervalSince1970: Double(id.milliseconds) / 1000).formatted(.iso8601)
    }

    /// Text without anything that would do something to a terminal.
    static func shown(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
