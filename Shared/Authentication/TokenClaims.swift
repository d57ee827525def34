import FoundationEssentials
import Messaging

/// What matters of a token's claims ([RFC 7519, section 4.1](https://www.rfc-editor.org/rfc/rfc7519#section-4.1)).
struct TokenClaims: Codable {
    let sub: String?
    let exp: Double?
    var nbf: Double?
    let iat: Double?
    let scope: String?

    static func decode(_ json: [UInt8]) throws(AuthenticationError) -> TokenClaims {
        do {
            return try JSONDecoder().decode(TokenClaims.self, from: Data(json))
        } catch {
            throw AuthenticationError(
                .malformed, "the token's claims cannot be read: sub and scope are strings, exp, nbf and iat seconds")
        }
    }

    /// The identity that the claims make at a time.
    func identity(at now: Int64) throws(AuthenticationError) -> Identity {
        guard let exp else {
            throw AuthenticationError(.missingClaim("exp"), "the token has no exp: give it a time at which it ends")
        }
        guard let sub else {
            throw AuthenticationError(.missingClaim("sub"), "the token has no sub: it has to name the user")
        }
        let expiresAt = try Self.milliseconds(exp)
        guard now < expiresAt else { throw AuthenticationError(.expired, "the token has expired: get a new one") }
        if let nbf, try Self.milliseconds(nbf) > now {
            throw AuthenticationError(.notYetValid, "the token is not valid yet: its nbf is in the future")
        }
        guard Identifier.isValid(sub) else {
            throw AuthenticationError(.badSubject, "the token's sub is no user id: it has to be \(Identifier.rule)")
        }
        return Identity(
            user: sub, scopes: Set((scope ?? "").split(separator: " ").map(String.init)),
            issuedAt: try iat.map { value throws(AuthenticationError) in try Self.milliseconds(value) },
            expiresAt: expiresAt)
    }

    /// A NumericDate, seconds that may have a fraction, in milliseconds.
    private static func milliseconds(_ seconds: Double) throws(AuthenticationError) -> Int64 {
        // The last second of the year 9999.
        guard seconds >= 0, seconds <= 253_402_300_799 else {
            throw AuthenticationError(.malformed, "a time in the token is out of range: times are in seconds")
        }
        return Int64((seconds * 1000).rounded(.down))
    }
}
