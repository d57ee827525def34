import FoundationEssentials
import JWTKit

@testable import Authentication

/// Signs tokens in tests, also ones that no sane issuer would sign, and publishes its key.
struct TestIssuer {
    let key: any JWTAlgorithm
    /// The public key as a member of a JWKS, without `kid`; empty for a shared secret.
    let members: [String: String]
    let algorithm: String

    static let secret = "a shared secret of the tests, long enough"

    static func shared(secret: String = Self.secret) async throws -> TestIssuer {
        let keys = JWTKeyCollection()
        await keys.add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
        return TestIssuer(key: try await keys.getKey(), members: [:], algorithm: "HS256")
    }

    static func ecdsa() async throws -> TestIssuer {
        let key = ES256PrivateKey()
        let keys = JWTKeyCollection()
        await keys.add(ecdsa: key)
        guard let parameters = key.publicKey.parameters else { throw Unexpected() }
        let members = ["kty": "EC", "crv": "P-256", "x": urlSafe(parameters.x), "y": urlSafe(parameters.y)]
        return TestIssuer(key: try await keys.getKey(), members: members, algorithm: "ES256")
    }

    static func edDSA() async throws -> TestIssuer {
        let key = try EdDSA.PrivateKey(curve: .ed25519)
        let keys = JWTKeyCollection()
        await keys.add(eddsa: key)
        let x = urlSafe(key.publicKey.rawRepresentation.base64EncodedString())
        return TestIssuer(
            key: try await keys.getKey(), members: ["kty": "OKP", "crv": "Ed25519", "x": x], algorithm: "EdDSA")
    }

    static func rsa() async throws -> TestIssuer {
        let key = try Insecure.RSA.PrivateKey(pem: TestRSAKey.pem)
        let keys = JWTKeyCollection()
        await keys.add(rsa: key, digestAlgorithm: .sha256)
        let (modulus, exponent) = try key.publicKey.getKeyPrimitives()
        let members = [
            "kty": "RSA", "n": urlSafe(modulus.base64EncodedString()), "e": urlSafe(exponent.base64EncodedString()),
        ]
        return TestIssuer(key: try await keys.getKey(), members: members, algorithm: "RS256")
    }

    /// A token of this header and these claims, whatever they are.
    func token(header: String, claims: String) throws -> String {
        let signed = Self.encode(Array(header.utf8)) + "." + Self.encode(Array(claims.utf8))
        return signed + "." + Self.encode(try key.sign(Array(signed.utf8)))
    }

    /// A token with this key's algorithm.
    func token(claims: String, kid: String? = nil) throws -> String {
        let member = kid.map { ",\"kid\":\"\($0)\"" } ?? ""
        return try token(header: "{\"alg\":\"\(algorithm)\",\"typ\":\"JWT\"\(member)}", claims: claims)
    }

    /// The key as JSON for a JWKS.
    func webKey(kid: String?, adding more: [String: String] = [:]) -> String {
        var all = members.merging(more) { $1 }
        all["kid"] = kid
        return "{" + all.map { "\"\($0)\":\"\($1)\"" }.joined(separator: ",") + "}"
    }

    static func encode(_ bytes: [UInt8]) -> String { urlSafe(Data(bytes).base64EncodedString()) }

    private static func urlSafe(_ base64: String) -> String {
        String(base64.prefix { $0 != "=" }.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
    }

    struct Unexpected: Error {}
}
