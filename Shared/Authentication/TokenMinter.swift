import FoundationEssentials
import JWTKit

/// Makes tokens with the shared secret: for the demo, for tests and for `make token`. A real installation has an identity provider.
public enum TokenMinter {
    private struct Payload: JWTPayload {
        let claims: TokenClaims

        func encode(to encoder: any Encoder) throws { try claims.encode(to: encoder) }
        init(from decoder: any Decoder) throws { claims = try TokenClaims(from: decoder) }
        init(_ claims: TokenClaims) { self.claims = claims }
        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    /// A token for `user`, signed with HS256.
    ///
    /// - Parameters:
    ///   - user: A valid user id, not checked here.
    ///   - scopes: Such as `broadcast`, `send:any`, `admin`.
    ///   - lifetime: From now on; a negative one makes an expired token.
    ///   - secret: At least 32 bytes.
    /// - Throws: ``AuthenticationError`` with the code `configuration` when the secret is too short.
    public static func token(
        user: String, scopes: Set<String> = [], lifetime: Duration = .seconds(3600), secret: String
    ) async throws -> String {
        try SecretRule.check(secret)
        let keys = JWTKeyCollection()
        await keys.add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
        let now = Date().timeIntervalSince1970.rounded(.down)
        let claims = TokenClaims(
            sub: user, exp: now + Double(lifetime.components.seconds), nbf: nil, iat: now,
            scope: scopes.isEmpty ? nil : scopes.sorted().joined(separator: " "))
        return try await keys.sign(Payload(claims))
    }
}
