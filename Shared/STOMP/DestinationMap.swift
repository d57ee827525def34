public import Messaging

/// What the names in `destination` headers mean: the contract's own, and before these the ones that an operator has configured, so that a page
/// made for another broker need not change.
///
/// The contract's own: SEND to `/user/<id>`, `/group/<id>`, `/topic/<id>`; SUBSCRIBE to `/user/queue/messages` (the own inbox) or `/topic/<id>`.
public struct DestinationMap: Hashable, Sendable {
    /// What a SUBSCRIBE is about.
    public enum Source: Hashable, Sendable {
        /// The user's own inbox.
        case inbox
        /// A topic.
        case topic(String)
    }

    private let rules: [DestinationRule]

    /// The contract's own names only.
    public static let standard = DestinationMap(rules: [])

    /// A map of configured rules, of which the first that fits holds.
    public init(rules: [DestinationRule]) { self.rules = rules }

    /// Reads rules of the form `pattern=target`, separated by commas, semicolons or line breaks (see ``DestinationRule``).
    /// - Throws: ``DestinationRule/Fault``, which names the rule that cannot be read.
    public init(_ text: some StringProtocol) throws(DestinationRule.Fault) {
        var rules: [DestinationRule] = []
        for part in text.split(whereSeparator: { ",;\n".contains($0) }) where !part.trimmed.isEmpty {
            rules.append(try DestinationRule(part.trimmed))
        }
        self.init(rules: rules)
    }

    /// Where a SEND to this name goes.
    /// - Throws: `unknownDestination`.
    public func target(ofSend name: String) throws(STOMPError) -> Destination {
        for rule in rules { if let target = rule.destination(of: name) { return target } }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 3, parts[0].isEmpty, Identifier.isValid(parts[2]) {
            switch parts[1] {
            case "user": return .user(String(parts[2]))
            case "group": return .group(String(parts[2]))
            case "topic": return .topic(String(parts[2]))
            default: break
            }
        }
        throw STOMPError(
            .unknownDestination,
            "header 'destination' of SEND is /user/<id>, /group/<id> or /topic/<id>; an id is \(Identifier.rule)")
    }

    /// What a SUBSCRIBE to this name listens to.
    /// - Throws: `unknownDestination`.
    public func source(ofSubscribe name: String) throws(STOMPError) -> Source {
        for rule in rules { if let source = rule.source(of: name) { return source } }
        if name.isSame(as: "/user/queue/messages") { return .inbox }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 3, parts[0].isEmpty, parts[1] == "topic", Identifier.isValid(parts[2]) {
            return .topic(String(parts[2]))
        }
        throw STOMPError(
            .unknownDestination,
            "header 'destination' of SUBSCRIBE is /user/queue/messages or /topic/<id>; an id is \(Identifier.rule)")
    }
}
