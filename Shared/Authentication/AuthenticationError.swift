/// Why a token is refused, or why tokens cannot be checked at all. Descriptions carry nothing of the token and no key.
public struct AuthenticationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of fault it is.
    public enum Code: Hashable, Sendable {
        /// There is no token.
        case missing
        /// It is no JWT, or its header or claims cannot be read.
        case malformed
        /// `exp` is in the past.
        case expired
        /// There is more time between `iat` and `exp` than a token may live.
        case livesTooLong
        /// `nbf` is in the future.
        case notYetValid
        /// The signature is not that of the key.
        case badSignature
        /// Its `kid` is that of no known key, or it has none and that leaves open which key is meant.
        case unknownKey
        /// Its `alg` is `none`, not supported, or not the one of the key.
        case badAlgorithm
        /// A claim is missing that is needed: `sub` or `exp`.
        case missingClaim(String)
        /// `sub` is no valid user id.
        case badSubject
        /// The settings of authentication are missing or wrong.
        case configuration
    }

    public let code: Code
    /// What is wrong and what to do about it, in one sentence.
    public let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
