/// Who makes a request, from the token.
public struct Caller: Hashable, Sendable {
    /// The `sub` of the token.
    public let user: String
    public let scopes: Set<String>

    public init(user: String, scopes: Set<String>) {
        self.user = user
        self.scopes = scopes
    }

    /// Whether the token grants `scope`, such as `admin`.
    public func has(_ scope: String) -> Bool { scopes.contains(scope) }
}
