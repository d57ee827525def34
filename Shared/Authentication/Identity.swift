/// Who a token says its bearer is.
public struct Identity: Hashable, Sendable {
    /// The claim `sub`, a valid id.
    public let user: String
    /// The claim `scope`, split at its blanks.
    public let scopes: Set<String>
    /// The claim `iat` in milliseconds since the epoch; without it the earliest time that a token with this `exp` can have been issued at.
    public let issuedAt: Int64
    /// The claim `exp` in milliseconds since the epoch.
    public let expiresAt: Int64
    /// The claim `topics`.
    public let topics: TopicGrants
    /// Whether the claim `presence` is `invisible`: sessions with this token do not make the user look online to others.
    public let isInvisible: Bool

    public init(
        user: String, scopes: Set<String>, issuedAt: Int64, expiresAt: Int64, topics: TopicGrants = .none,
        isInvisible: Bool = false
    ) {
        self.user = user
        self.scopes = scopes
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.topics = topics
        self.isInvisible = isInvisible
    }

    /// Whether the token grants `scope`, such as `broadcast`.
    public func has(_ scope: String) -> Bool { scopes.contains(scope) }
}
