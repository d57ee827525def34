import JWTKit

/// A key that is good for one algorithm only: what a token says of itself never chooses how its signature is read.
struct VerificationKey: Sendable {
    let algorithm: SigningAlgorithm
    /// The `kid`; nil for the shared secret.
    let identifier: String?
    private let key: any JWTAlgorithm

    /// The shared secret of HS256.
    init(secret: String) async throws {
        let keys = JWTKeyCollection()
        await keys.add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
        algorithm = .hs256
        identifier = nil
        key = try await keys.getKey()
    }

    /// The public half of a key of a JWKS.
    init(_ webKey: JWK, identifier: String, algorithm: SigningAlgorithm) async throws {
        let keys = JWTKeyCollection()
        try await keys.add(jwk: webKey)
        self.algorithm = algorithm
        self.identifier = identifier
        key = try await keys.getKey(for: JWKIdentifier(string: identifier), alg: algorithm.rawValue)
    }

    func verifies(_ signature: [UInt8], of signed: ArraySlice<UInt8>) -> Bool {
        // A signature of the wrong length or form makes some keys throw.
        (try? key.verify(signature, signs: signed)) ?? false
    }
}
