import Messaging
import ServiceRuntime

/// How long history keeps messages: the setting `HISTORY_RETENTION`, as `topic:news.=30d, group:=365d, *=never`.
///
/// A rule is a prefix of a conversation's name and an age; of those that fit a conversation the longest holds. `*` fits all; what no rule fits is kept for ever.
struct HistoryRetention: Hashable, Sendable {
    /// A part of the order of names, from one on and before the other, of which messages are kept for some time.
    struct Span: Hashable, Sendable {
        var from: String
        var until: String
        /// In milliseconds.
        var age: Int64
    }

    private static let ages = Duration.seconds(1)...Duration.seconds(36_600 * 86_400)
    private static let kinds = ["dm:", "group:", "topic:"]
    private static let remedy =
        "give rules such as \"topic:news.=30d, group:=365d, *=never\": a prefix of conversations that begins with "
        + "dm:, group: or topic: (or * for all others), =, and a time such as 90s, 12h or 30d, or never"

    /// What is removed after some time, by name; they do not overlap.
    let spans: [Span]
    /// The longest age that holds for any conversation, in milliseconds; nil when some are kept for ever.
    let longest: Int64?

    /// The shortest age; nil when nothing is ever removed.
    var shortest: Int64? { spans.map(\.age).min() }

    /// Reads rules; an empty text has none.
    /// - Throws: `SettingsError` with the rule at fault and the remedy.
    init(_ text: String) throws(SettingsError) {
        // Ages by prefix; nil is never.
        var rules: [String: Int64?] = ["": nil]
        var given: Set<String> = []
        for part in text.split(whereSeparator: { $0 == "," || $0.isNewline }) {
            guard let rule = part.trimmed.nonEmpty else { continue }
            let (prefix, age) = try Self.rule(rule)
            guard given.insert(prefix).inserted else {
                let name = prefix.isEmpty ? "*" : prefix
                throw Self.error(rule, "is the second one about \"\(name)\"", "make one of the two")
            }
            rules[prefix] = .some(age)
        }
        let parts = Self.parts(of: rules)
        spans = parts.compactMap { part in part.age.map { Span(from: part.from, until: part.until, age: $0) } }
        // Of the order of names only some parts can have conversations.
        let lived = parts.filter { part in
            Self.kinds.contains { part.from < Self.successor($0) && $0 < part.until }
        }
        longest = lived.contains { $0.age == nil } ? nil : lived.compactMap(\.age).max()
    }

    private static func rule(_ rule: Substring) throws(SettingsError) -> (prefix: String, age: Int64?) {
        guard let equals = rule.firstIndex(of: "=") else { throw error(rule, "has no =", remedy) }
        let prefix = rule[..<equals].trimmed
        let text = rule[rule.index(after: equals)...].trimmed
        guard prefix == "*" || isPrefix(prefix) else {
            throw error(rule, "has \"\(prefix)\" for a prefix, with which no conversation begins", remedy)
        }
        let name = prefix == "*" ? "" : String(prefix)
        if text == "never" { return (name, nil) }
        guard let age = Duration(setting: String(text), unit: "s"), ages.contains(age) else {
            throw error(rule, "has \"\(text)\" for an age, which is no time from 1s to 36600d", remedy)
        }
        let (seconds, attoseconds) = age.components
        return (name, seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    }

    /// Whether a conversation may begin with it.
    private static func isPrefix(_ text: Substring) -> Bool {
        guard let kind = kinds.first(where: { text.hasPrefix($0) }) else { return false }
        let parts = text.dropFirst(kind.count).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 1 || (kind == "dm:" && parts.count == 2 && !parts[0].isEmpty) else { return false }
        return parts.allSatisfy { $0.isEmpty || Identifier.isValid($0) }
    }

    /// The order of names cut where rules begin and end, with what holds in each part.
    private static func parts(of rules: [String: Int64?]) -> [(from: String, until: String, age: Int64?)] {
        let cuts = Set(rules.keys.flatMap { [$0, successor($0)] }).sorted()
        return zip(cuts, cuts.dropFirst()).map { from, until in
            let holding = rules.filter { $0.key <= from && until <= successor($0.key) }
            let longest = holding.max { $0.key.utf8.count < $1.key.utf8.count }
            return (from, until, longest?.value ?? nil)
        }
    }

    /// The first text behind all that begin with this one. Names are ASCII and compared bytewise.
    private static func successor(_ prefix: String) -> String {
        guard let last = prefix.unicodeScalars.last, let next = Unicode.Scalar(last.value + 1) else { return "\u{7f}" }
        return String(prefix.unicodeScalars.dropLast()) + String(next)
    }

    private static func error(_ rule: Substring, _ fault: String, _ remedy: String) -> SettingsError {
        SettingsError("history-retention", "has the rule \"\(rule)\", which \(fault)", remedy: remedy)
    }
}

extension Substring {
    /// Without the blanks around it.
    fileprivate var trimmed: Substring {
        let start = drop(while: \.isWhitespace)
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return start.prefix(0) }
        return start[...last]
    }

    fileprivate var nonEmpty: Substring? { isEmpty ? nil : self }
}
