public import Messaging

/// What the names in `destination` headers mean: the contract's own, and before these the ones that an operator has configured, so that a page
/// made for another broker need not change.
///
/// The contract's own: SEND to `/user/<id>`, `/group/<id>`, `/topic/<id>`, `/all`, and to `/edit`, `/delete`, `/read`, `/token`; SUBSCRIBE to
/// `/user/queue/messages` (the own inbox), `/topic/<id>`, `/user/queue/signals`, `/user/queue/reads` or `/presence/<user>`.
public struct DestinationMap: Hashable, Sendable {
    /// What a SUBSCRIBE is about.
    public enum Source: Hashable, Sendable {
        /// The user's own inbox.
        case inbox
        /// A topic.
        case topic(String)
        /// Signals to the user, or to groups and topics it hears.
        case signals
        /// Read marks in the user's conversations.
        case reads
        /// When a user comes and goes.
        case presence(String)
    }

    /// What a SEND is about.
    public enum Target: Hashable, Sendable {
        /// A message or a signal to somebody.
        case somebody(Destination)
        /// A message is to say something else.
        case edit
        /// A message is to be no more.
        case delete
        /// Something was read.
        case read
        /// A fresh token.
        case token
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
    public func target(ofSend name: String) throws(STOMPError) -> Target {
        for rule in rules { if let target = rule.destination(of: name) { return .somebody(target) } }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 3, parts[0].isEmpty, Identifier.isValid(parts[2]) {
            switch parts[1] {
            case "user": return .somebody(.user(String(parts[2])))
            case "group": return .somebody(.group(String(parts[2])))
            // What everybody hears is said with a right of its own, whatever it is called.
            case "topic": return .somebody(parts[2] == "all" ? .all : .topic(String(parts[2])))
            default: break
            }
        }
        switch name {
        case "/all": return .somebody(.all)
        case "/edit": return .edit
        case "/delete": return .delete
        case "/read": return .read
        case "/token": return .token
        default: break
        }
        throw STOMPError(
            .unknownDestination,
            "header 'destination' of SEND is /user/<id>, /group/<id>, /topic/<id>, /all, /edit, /delete, /read or /token; an id is \(Identifier.rule)"
        )
    }

    /// What a SUBSCRIBE to this name listens to.
    /// - Throws: `unknownDestination`.
    public func source(ofSubscribe name: String) throws(STOMPError) -> Source {
        for rule in rules { if let source = rule.source(of: name) { return source } }
        switch name {
        case "/user/queue/messages": return .inbox
        case "/user/queue/signals": return .signals
        case "/user/queue/reads": return .reads
        case "/all": return .topic("all")
        default: break
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 3, parts[0].isEmpty, Identifier.isValid(parts[2]) {
            switch parts[1] {
            case "topic": return .topic(String(parts[2]))
            case "presence": return .presence(String(parts[2]))
            default: break
            }
        }
        throw STOMPError(
            .unknownDestination,
            "header 'destination' of SUBSCRIBE is /user/queue/messages, /user/queue/signals, /user/queue/reads, /topic/<id>, /all or /presence/<user>; an id is \(Identifier.rule)"
        )
    }
}
