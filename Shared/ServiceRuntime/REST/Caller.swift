/// Who makes a request, from the token.
public struct Caller: Hashable, Sendable {
    /// The `sub` of the token.
    public let user: String
    public let scopes: Set<String>
    /// Patterns of topics that the token lets its bearer publish to, besides what the rules allow.
    public let publishes: [String]
    /// The same for hearing them.
    public let subscribes: [String]

    public init(user: String, scopes: Set<String>, publishes: [String] = [], subscribes: [String] = []) {
        self.publishes = publishes
        self.subscribes = subscribes
        self.user = user
        self.scopes = scopes
    }

    /// Whether the token grants `scope`, such as `admin`.
    public func has(_ scope: String) -> Bool { scopes.contains(scope) }
}
