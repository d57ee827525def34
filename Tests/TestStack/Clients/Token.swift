import Crypto
import Foundation

/// Tokens for tests: valid ones, and every kind of wrong one. HS256 (RFC 7515, RFC 7518 section 3.2).
///
/// Made here and not with the services' own library, so that a mistake there is not mirrored in the tests.
package struct Token: Sendable {
    package var header: [String: JSONValue] = ["alg": "HS256", "typ": "JWT"]
    package var claims: [String: JSONValue] = [:]

    /// The claims of a good token.
    package init(user: String, scopes: [String] = [], lifetime: Duration = .seconds(3600)) {
        let now = Int(Date().timeIntervalSince1970)
        claims["sub"] = .string(user)
        claims["iat"] = .number(Double(now))
        claims["exp"] = .number(Double(now + Int(lifetime.components.seconds)))
        if !scopes.isEmpty { claims["scope"] = .string(scopes.joined(separator: " ")) }
    }

    /// The token, signed with `secret`; with an empty signature when that is nil.
    package func signed(_ secret: String?) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = try Self.base64URL(encoder.encode(header)) + "." + Self.base64URL(encoder.encode(claims))
        guard let secret else { return text + "." }
        let code = HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: Data(secret.utf8)))
        return text + "." + Self.base64URL(Data(code))
    }

    private static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
