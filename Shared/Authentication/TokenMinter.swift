import FoundationEssentials
import JWTKit

/// Makes tokens with the shared secret: for the demo, for tests and for `make token`. A real installation has an identity provider.
public enum TokenMinter {
    private struct Claims: JWTPayload {
        let sub: String
        let exp: Int64
        let iat: Int64
        let scope: String?
        let topics: [String: [String]]?

        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    /// A token for `user`, signed with HS256.
    ///
    /// - Parameters:
    ///   - user: A valid user id, not checked here.
    ///   - scopes: Such as `broadcast`, `send:any`, `admin`.
    ///   - lifetime: From now on, in whole seconds; a negative one makes an expired token.
    ///   - publishes: Patterns of topics that the bearer may publish to besides what the rules allow, such as `news.*`.
    ///   - subscribes: The same for subscribing.
    ///   - secret: At least 32 bytes.
    /// - Throws: ``AuthenticationError`` with the code `configuration` when the secret is too short.
    public static func token(
        user: String, scopes: Set<String> = [], lifetime: Duration = .seconds(3600), publishes: [String] = [],
        subscribes: [String] = [], secret: String
    ) async throws -> String {
        try SecretRule.check(secret)
        let keys = JWTKeyCollection()
        await keys.add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
        let now = Int64(Date().timeIntervalSince1970)
        let claims = Claims(
            sub: user, exp: now + lifetime.components.seconds, iat: now,
            scope: scopes.isEmpty ? nil : scopes.sorted().joined(separator: " "),
            topics: publishes.isEmpty && subscribes.isEmpty
                ? nil : ["publish": publishes, "subscribe": subscribes])
        return try await keys.sign(claims)
    }
}
