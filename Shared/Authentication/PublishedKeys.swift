import FoundationEssentials
import JWTKit
import Logging

/// Reads a JWKS ([RFC 7517, section 5](https://www.rfc-editor.org/rfc/rfc7517#section-5)): keys that are not understood are left out, as it says.
enum PublishedKeys {
    private struct Document: Decodable {
        let keys: [WebKey]
    }

    /// The members that matter; all may be absent so that one strange key does not hide the others.
    private struct WebKey: Decodable {
        let kty: String?
        let kid: String?
        let alg: String?
        let use: String?
        let crv: String?
        let n: String?
        let e: String?
        let x: String?
        let y: String?
        let d: String?
    }

    /// Why a key is left out.
    private struct Unusable: Error, CustomStringConvertible {
        let description: String
    }

    /// - Throws: ``AuthenticationError`` with the code `configuration` when the content is no JWKS or no key of it can be used.
    static func decode(
        _ content: Data, path: String, logger: Logger
    ) async throws(AuthenticationError) -> [VerificationKey] {
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: content)
        } catch {
            throw AuthenticationError(
                .configuration,
                "AUTH_JWKS_FILE \"\(path)\" is no JWKS: it has to be a JSON object with the array \"keys\"")
        }
        var keys: [VerificationKey] = []
        for (index, webKey) in document.keys.enumerated() {
            do {
                let key = try await verificationKey(webKey)
                guard !keys.contains(where: { $0.identifier == key.identifier && $0.algorithm == key.algorithm }) else {
                    throw Unusable(description: "an earlier key has the same kid and algorithm")
                }
                keys.append(key)
            } catch {
                logger.warning(
                    "a key of the JWKS file is left out",
                    metadata: [
                        "file": "\(path)", "index": "\(index)", "kid": "\(webKey.kid ?? "")", "reason": "\(error)",
                    ])
            }
        }
        guard !keys.isEmpty else {
            throw AuthenticationError(
                .configuration,
                "AUTH_JWKS_FILE \"\(path)\" has no key that can be used: it needs one with a kid for RS256, ES256 or EdDSA (the log says what is wrong with each)"
            )
        }
        return keys
    }

    private static func verificationKey(_ webKey: WebKey) async throws -> VerificationKey {
        guard let kid = webKey.kid, !kid.isEmpty else { throw Unusable(description: "it has no kid") }
        guard webKey.use == nil || webKey.use == "sig" else { throw Unusable(description: "its use is not sig") }
        let identifier = JWKIdentifier(string: kid)
        let algorithm: SigningAlgorithm
        let key: JWK
        // Only the public half is taken, also of a key that has its private half.
        switch (webKey.kty, webKey.crv) {
        case ("RSA", _):
            algorithm = .rs256
            key = .rsa(.rs256, identifier: identifier, modulus: webKey.n, exponent: webKey.e)
        case ("EC", "P-256"):
            algorithm = .es256
            key = .ecdsa(.es256, identifier: identifier, x: webKey.x, y: webKey.y, curve: .p256)
        case ("OKP", "Ed25519"):
            algorithm = .edDSA
            key = .octetKeyPair(.eddsa, identifier: identifier, x: webKey.x, y: nil, curve: .ed25519)
        default: throw Unusable(description: "its kty and crv are none of RSA, EC with P-256, OKP with Ed25519")
        }
        guard webKey.alg == nil || webKey.alg == algorithm.rawValue else {
            throw Unusable(description: "its alg is not \(algorithm.rawValue)")
        }
        do {
            return try await VerificationKey(key, identifier: kid, algorithm: algorithm)
        } catch {
            throw Unusable(description: "its parameters make no key of at least 2048 bits (RSA) or on the curve")
        }
    }
}
