/// The keys that are good now: the shared secret, and those of the JWKS file.
///
/// A class, so that taking the current set for each token copies one reference and not the keys.
final class KeySet: Sendable {
    private let secret: VerificationKey?
    private let byIdentifier: [String: [VerificationKey]]
    private let all: [VerificationKey]

    init(secret: VerificationKey?, published: [VerificationKey]) {
        self.secret = secret
        self.all = (secret.map { [$0] } ?? []) + published
        self.byIdentifier = Dictionary(grouping: published) { $0.identifier ?? "" }
    }

    /// The key that a token with this header has to be signed with.
    ///
    /// A `kid` has to be known; without one there must be just one key of that algorithm. The shared secret has no `kid`.
    func key(for header: TokenHeader) throws(AuthenticationError) -> VerificationKey {
        guard let algorithm = SigningAlgorithm(rawValue: header.algorithm) else {
            throw AuthenticationError(
                .badAlgorithm, "the token's alg is not supported: sign with HS256, RS256, ES256 or EdDSA")
        }
        if let identifier = header.keyIdentifier {
            guard let keys = byIdentifier[identifier] else {
                throw AuthenticationError(.unknownKey, "the token's kid is that of no known key")
            }
            guard let key = keys.first(where: { $0.algorithm == algorithm }) else {
                throw AuthenticationError(.badAlgorithm, "the token's alg is not that of the key with its kid")
            }
            return key
        }
        if algorithm == .hs256, let secret { return secret }
        let candidates = all.filter { $0.algorithm == algorithm }
        guard let key = candidates.first else {
            throw AuthenticationError(.badAlgorithm, "there is no key for the token's alg")
        }
        guard candidates.count == 1 else {
            throw AuthenticationError(
                .unknownKey, "the token has no kid, and several keys have its alg: sign with a kid")
        }
        return key
    }
}
