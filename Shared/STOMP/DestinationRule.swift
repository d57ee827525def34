import Messaging

/// One line of a ``DestinationMap``: `pattern=target`.
///
/// A pattern is a path. `{id}` stands for one segment, and as the last segment `{*id}` for one or more of them (joined by dots, as an id has no
/// slash) and `**` for any number that does not matter. A target is `inbox` (for SUBSCRIBE), `user:…`, `group:…` or `all` (for SEND) or
/// `topic:…` (for both), where `…` is an id or `{id}`. Examples:
///
///     /user/topic/reply=inbox
///     /user/queue/**=inbox
///     /app/chat/{id}=user:{id}
///     /user/{id}/queue/messages=user:{id}
///     /broker/{*id}=topic:{id}
public struct DestinationRule: Hashable, Sendable {
    /// Why a rule cannot be read.
    public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String
    }

    private enum Segment: Hashable {
        case fixed(String)
        case id
        case rest
        case anything
    }

    private enum Target: Hashable {
        case inbox
        case all
        /// A kind with the id, nil for the pattern's.
        case to(Kind, String?)
    }

    private enum Kind: String, Hashable { case user, group, topic }

    private let pattern: [Segment]
    private let target: Target

    /// Reads a rule.
    /// - Throws: ``Fault``, whose description names the rule and what is wrong.
    public init(_ text: some StringProtocol) throws(Fault) {
        let fault = { (why: String) in Fault(description: "destination rule '\(text)': \(why)") }
        guard let equals = text.firstIndex(of: "=") else { throw fault("it has the form pattern=target") }
        let path = text[..<equals].trimmed
        guard path.hasPrefix("/"), path.utf8.count > 1 else { throw fault("the pattern begins with / and a name") }
        var pattern: [Segment] = []
        for part in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard !part.isEmpty else { throw fault("the pattern has an empty segment") }
            if pattern.last == .rest || pattern.last == .anything {
                throw fault("{*id} and ** are the last segment")
            }
            switch part {
            case "{id}": pattern.append(.id)
            case "{*id}": pattern.append(.rest)
            case "**": pattern.append(.anything)
            default:
                guard !part.contains(where: { "{}*".contains($0) }) else {
                    throw fault("a segment is a name, {id}, {*id} or **")
                }
                pattern.append(.fixed(String(part)))
            }
        }
        let ids = pattern.count { $0 == .id || $0 == .rest }
        guard ids <= 1 else { throw fault("the pattern has at most one id") }
        self.pattern = pattern
        switch Self.target(text[text.index(after: equals)...].trimmed) {
        case .to(let kind, nil):
            guard ids == 1 else { throw fault("the target takes an id that the pattern does not have") }
            target = .to(kind, nil)
        case let target?: self.target = target
        case nil:
            throw fault("the target is inbox, all, user:…, group:… or topic:… with {id} or an id (\(Identifier.rule))")
        }
    }

    private static func target(_ text: String) -> Target? {
        switch text {
        case "inbox": return .inbox
        case "all": return .all
        default:
            guard let colon = text.firstIndex(of: ":"), let kind = Kind(rawValue: String(text[..<colon])) else {
                return nil
            }
            let id = text[text.index(after: colon)...]
            if id == "{id}" { return .to(kind, nil) }
            return Identifier.isValid(id) ? .to(kind, String(id)) : nil
        }
    }

    /// Where a SEND to this name goes, if the rule is for it.
    func destination(of name: String) -> Destination? {
        guard target != .inbox, let match = match(name) else { return nil }
        switch target {
        case .inbox: return nil
        case .all: return .all
        case .to(let kind, let fixed):
            guard let id = fixed ?? match.id else { return nil }
            switch kind {
            case .user: return .user(id)
            case .group: return .group(id)
            case .topic: return .topic(id)
            }
        }
    }

    /// What a SUBSCRIBE to this name listens to, if the rule is for it.
    func source(of name: String) -> DestinationMap.Source? {
        switch target {
        case .inbox: return match(name) == nil ? nil : .inbox
        case .to(.topic, let fixed):
            guard let match = match(name), let id = fixed ?? match.id else { return nil }
            return .topic(id)
        case .all, .to: return nil
        }
    }

    private struct Match { var id: String? }

    /// nil when the name does not fit, or what stands in the place of the id is none.
    private func match(_ name: String) -> Match? {
        guard name.utf8.first == UInt8(ascii: "/") else { return nil }
        var rest = name.dropFirst().split(separator: "/", omittingEmptySubsequences: false)[...]
        var id: String?
        for segment in pattern {
            switch segment {
            case .fixed(let text):
                guard let first = rest.popFirst(), first.isSame(as: text) else { return nil }
            case .id:
                guard let first = rest.popFirst() else { return nil }
                id = String(first)
            case .rest:
                guard !rest.isEmpty, rest.allSatisfy({ !$0.isEmpty }) else { return nil }
                id = rest.joined(separator: ".")
                rest = []
            case .anything:
                rest = []
            }
        }
        guard rest.isEmpty else { return nil }
        if let id, !Identifier.isValid(id) { return nil }
        return Match(id: id)
    }
}
