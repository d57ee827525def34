/// Who may publish to which topics, and who may subscribe to them: the setting `TOPIC_RULES`.
///
/// Rules are separated by semicolons or line ends. A rule is a topic's id, or a prefix with `*`, and what holds for it:
///
///     news.* publish=scope:editor subscribe=everyone; staff.* publish=scope:staff subscribe=scope:staff
///
/// `publish` and `subscribe` are `everyone`, `nobody`, or `scope:<name>` for who has this scope in the token. Of the rules that are about a topic and say something
/// of the right asked for, the one that names most of the id holds; without any, everyone may. What a token grants by itself (``TopicGrants``) comes on top.
/// The topic `all` is apart: everybody gets it, and who publishes to it needs the scope `broadcast`.
public struct TopicRules: Hashable, Sendable {
    /// What may be done with a topic.
    public enum Right: String, Sendable, CaseIterable {
        case publish
        case subscribe
    }

    /// The id of the topic that everybody gets.
    public static let all = "all"
    /// The scope that publishing to ``all`` needs.
    public static let broadcast = "broadcast"
    /// The most rules.
    public static let limit = 1000

    private enum Who: Hashable {
        case everyone
        case nobody
        case scope(String)

        init?(_ text: some StringProtocol) {
            switch text {
            case "everyone": self = .everyone
            case "nobody": self = .nobody
            default:
                guard text.hasPrefix("scope:") else { return nil }
                let name = text.dropFirst(6)
                // What a scope is made of (RFC 6749, section 3.3), but for what separates rules.
                guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x5c }) else {
                    return nil
                }
                self = .scope(String(name))
            }
        }
    }

    private struct Rule: Hashable {
        var pattern: TopicPattern
        var who: [Right: Who]
    }

    private var rules: [Rule] = []

    /// No rules: everyone may publish and subscribe.
    public init() {}

    /// Reads rules.
    /// - Throws: ``TopicRulesError`` with the rule at fault and the remedy.
    public init(_ text: String) throws(TopicRulesError) {
        for part in text.split(whereSeparator: { $0 == ";" || $0.isNewline }) {
            let words = part.split(whereSeparator: \.isWhitespace)
            guard !words.isEmpty else { continue }
            rules.append(try Self.rule(words, part.trimmed, after: rules))
        }
        guard rules.count <= Self.limit else {
            throw TopicRulesError(
                rule: nil, fault: "has \(rules.count) rules",
                remedy: "give at most \(Self.limit); prefixes stand for many")
        }
    }

    private static func rule(
        _ words: [Substring], _ text: String, after earlier: [Rule]
    ) throws(TopicRulesError) -> Rule {
        guard let pattern = TopicPattern(words[0]) else {
            throw TopicRulesError(
                rule: text, fault: "begins with \"\(words[0])\", which is no topic", remedy: "give \(TopicPattern.rule)"
            )
        }
        guard pattern.description != all else {
            throw TopicRulesError(
                rule: text, fault: "is about the topic \"all\", which has none",
                remedy: "leave it out: everybody gets it, and who publishes to it needs the scope \(broadcast)")
        }
        guard !earlier.contains(where: { $0.pattern == pattern }) else {
            throw TopicRulesError(
                rule: text, fault: "is the second one about \"\(pattern)\"", remedy: "make one rule of the two")
        }
        var who: [Right: Who] = [:]
        for word in words.dropFirst() {
            let sides = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, let right = Right(rawValue: String(sides[0])) else {
                throw TopicRulesError(
                    rule: text, fault: "has \"\(word)\"", remedy: "give publish=… or subscribe=…, without blanks within"
                )
            }
            guard let value = Who(sides[1]) else {
                throw TopicRulesError(
                    rule: text, fault: "has \"\(word)\"",
                    remedy: "\(right.rawValue) must be everyone, nobody or scope:<name>")
            }
            guard who.updateValue(value, forKey: right) == nil else {
                throw TopicRulesError(
                    rule: text, fault: "says \(right.rawValue) twice", remedy: "say it once")
            }
        }
        guard !who.isEmpty else {
            throw TopicRulesError(
                rule: text, fault: "says nothing of who may do what",
                remedy: "add publish=… or subscribe=… after the topic, or leave the rule out")
        }
        return Rule(pattern: pattern, who: who)
    }

    /// Whether somebody with these scopes and grants may do this with a topic.
    public func allow(_ right: Right, topic: String, scopes: Set<String>, grants: TopicGrants) -> Bool {
        guard topic != Self.all else { return right == .subscribe || scopes.contains(Self.broadcast) }
        var best: (fit: Int, who: Who) = (-1, .everyone)
        for rule in rules {
            guard let who = rule.who[right], let fit = rule.pattern.fit(topic), fit > best.fit else { continue }
            best = (fit, who)
        }
        switch best.who {
        case .everyone: return true
        case .scope(let scope) where scopes.contains(scope): return true
        case .nobody, .scope: return grants.allow(right, topic: topic)
        }
    }

    /// Whether the bearer of a token may.
    public func allow(_ right: Right, topic: String, to identity: Identity) -> Bool {
        allow(right, topic: topic, scopes: identity.scopes, grants: identity.topics)
    }
}

/// What is wrong with rules over topics.
public struct TopicRulesError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The rule at fault, as it was written; nil when it is none by itself.
    public let rule: String?
    /// What it is or has, such as `says publish twice`.
    public let fault: String
    /// What to do about it.
    public let remedy: String

    /// The rule and its fault, to stand behind the setting's name: `has the rule "x", which says publish twice`.
    public var complaint: String { rule.map { "has the rule \"\($0)\", which \(fault)" } ?? fault }

    public var description: String { "\(complaint): \(remedy)" }
}

extension StringProtocol {
    /// Without blanks at both ends.
    fileprivate var trimmed: String {
        let start = drop { $0.isWhitespace }
        return String(start.reversed().drop { $0.isWhitespace }.reversed())
    }
}
