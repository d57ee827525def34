import Authentication
import RedisStreams
import ServiceRuntime

/// What the logs of topics keep in Redis: the setting `TOPIC_RETENTION`, as `news.* count=5000 age=7d; cursors.* count=0`.
///
/// As with ``TopicRules``, the rule that names most of a topic's id holds, for the count and for the age each by itself. History keeps everything in any case.
struct TopicRetention: Hashable, Sendable {
    /// What holds without a rule.
    static let standard = DeliverFeedScript.Retention(count: 1000, age: .seconds(7 * 86_400))
    private static let counts = 0...10_000_000
    private static let ages = Duration.seconds(1)...Duration.seconds(3660 * 86_400)

    private struct Rule: Hashable {
        var pattern: TopicPattern
        var count: Int?
        var age: Duration?
    }

    private var rules: [Rule] = []

    init() {}

    /// Reads rules.
    /// - Throws: `SettingsError` with the rule at fault and the remedy.
    init(_ text: String) throws(SettingsError) {
        for part in text.split(whereSeparator: { $0 == ";" || $0.isNewline }) {
            let words = part.split(whereSeparator: \.isWhitespace)
            guard !words.isEmpty else { continue }
            let rule = try Self.rule(words)
            guard !rules.contains(where: { $0.pattern == rule.pattern }) else {
                throw Self.error(words, "is the second one about \"\(rule.pattern)\"", "make one rule of the two")
            }
            rules.append(rule)
        }
    }

    private static func rule(_ words: [Substring]) throws(SettingsError) -> Rule {
        guard let pattern = TopicPattern(words[0]) else {
            throw error(words, "begins with \"\(words[0])\", which is no topic", "give \(TopicPattern.rule)")
        }
        var rule = Rule(pattern: pattern)
        for word in words.dropFirst() {
            switch word.prefix(while: { $0 != "=" }) {
            case "count":
                guard rule.count == nil, let count = Int(word.dropFirst(6)), counts.contains(count) else {
                    throw error(words, "has \"\(word)\"", "give count=<number> once, from 0 to \(counts.upperBound)")
                }
                rule.count = count
            case "age":
                guard rule.age == nil, let age = Duration(setting: String(word.dropFirst(4)), unit: "s"),
                    ages.contains(age)
                else { throw error(words, "has \"\(word)\"", "give age=<time> once, such as 90s, 12h or 7d") }
                rule.age = age
            default: throw error(words, "has \"\(word)\"", "give count=<number> or age=<time>, without blanks within")
            }
        }
        guard rule.count != nil || rule.age != nil else {
            throw error(words, "says nothing of what is kept", "add count=<number> or age=<time> after the topic")
        }
        return rule
    }

    private static func error(_ words: [Substring], _ fault: String, _ remedy: String) -> SettingsError {
        SettingsError(
            "topic-retention", "has the rule \"\(words.joined(separator: " "))\", which \(fault)", remedy: remedy)
    }

    /// What the log of this topic keeps.
    func of(_ topic: String) -> DeliverFeedScript.Retention {
        var retention = Self.standard
        var fits = (count: -1, age: -1)
        for rule in rules {
            guard let fit = rule.pattern.fit(topic) else { continue }
            if let count = rule.count, fit > fits.count { (retention.count, fits.count) = (count, fit) }
            if let age = rule.age, fit > fits.age { (retention.age, fits.age) = (age, fit) }
        }
        return retention
    }
}
