import FoundationEssentials
public import Logging
public import ServiceLifecycle
import Synchronization

/// Checks tokens: JSON Web Tokens signed with the shared secret (HS256) or with a key of a JWKS file (RS256, ES256, EdDSA).
///
/// A token is refused when its `alg` is `none` or not that of its key, its `kid` is unknown, its `exp` is missing or past, it lives longer than is allowed, or its `sub` is missing or no
/// user id. There is no leeway. As a service it rereads the JWKS file when it changes; content that cannot be used is logged and the keys from before stay.
///
/// Source: [RFC 7519](https://www.rfc-editor.org/rfc/rfc7519), [RFC 8725](https://www.rfc-editor.org/rfc/rfc8725) (best practices).
public final class TokenVerifier: Service, Sendable {
    /// The least length of the secret in bytes: that of the hash (RFC 7518, section 3.2).
    public static let minimumSecretLength = 32
    /// How long a token may live unless something else is said: 30 days.
    public static let usualLifetimeLimit = Duration.seconds(30 * 86_400)
    /// The longest token that is looked at, in bytes.
    public static let maximumTokenLength = 8192

    private let secret: VerificationKey?
    private let file: KeyFile?
    private let keys: Mutex<KeySet>
    private let lifetimeLimit: Duration
    private let logger: Logger
    private let pollInterval: Duration
    private let now: @Sendable () -> Int64

    /// A verifier with the secret of HS256, a JWKS file, or both.
    ///
    /// - Parameters:
    ///   - secret: At least 32 bytes.
    ///   - jwksFile: The path of a JWKS file.
    ///   - lifetimeLimit: How long a token may live; one that lives longer is refused.
    /// - Throws: ``AuthenticationError`` with the code `configuration`, which names the setting and the remedy.
    public convenience init(
        secret: String?, jwksFile: String?, lifetimeLimit: Duration = TokenVerifier.usualLifetimeLimit, logger: Logger
    ) async throws {
        try await self.init(
            secret: secret, jwksFile: jwksFile, lifetimeLimit: lifetimeLimit, logger: logger, pollInterval: .seconds(2),
            now: { Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)) })
    }

    init(
        secret: String?, jwksFile: String?, lifetimeLimit: Duration = TokenVerifier.usualLifetimeLimit, logger: Logger,
        pollInterval: Duration, now: @escaping @Sendable () -> Int64
    ) async throws {
        guard secret != nil || jwksFile != nil else {
            throw AuthenticationError(
                .configuration,
                "neither AUTH_JWT_SECRET nor AUTH_JWKS_FILE is set, and there is no default: set AUTH_JWT_SECRET to a secret of at least "
                    + "\(Self.minimumSecretLength) bytes (`openssl rand -hex 32` makes one) or AUTH_JWKS_FILE to the path of a JWKS file"
            )
        }
        try secret.map { value in try SecretRule.check(value) }
        if let secret { self.secret = try await VerificationKey(secret: secret) } else { self.secret = nil }
        let file = jwksFile.map { KeyFile(path: $0) }
        let published = try await file?.read(logger: logger) ?? []
        self.file = file
        self.keys = Mutex(KeySet(secret: self.secret, published: published))
        self.lifetimeLimit = lifetimeLimit
        self.logger = logger
        self.pollInterval = pollInterval
        self.now = now
    }

    /// Who bears this token.
    public func verify(_ token: String) async throws(AuthenticationError) -> Identity {
        try identity(of: token)
    }

    /// Who bears this token, without suspension: for callers on an event loop.
    public func identity(of token: String) throws(AuthenticationError) -> Identity {
        guard !token.isEmpty else { throw AuthenticationError(.missing, "there is no token") }
        let bytes = Array(token.utf8)
        guard bytes.count <= Self.maximumTokenLength else {
            throw AuthenticationError(.malformed, "the token is longer than \(Self.maximumTokenLength) bytes")
        }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let headerJSON = Base64URL.decode(parts[0]),
            let claimsJSON = Base64URL.decode(parts[1]), let signature = Base64URL.decode(parts[2])
        else {
            throw AuthenticationError(
                .malformed, "the token is no JWT: it has to be three parts of base64url joined by dots")
        }
        let header = try TokenHeader(headerJSON)
        let key = try keys.withLock { $0 }.key(for: header)
        guard key.verifies(signature, of: bytes[..<parts[1].endIndex]) else {
            throw AuthenticationError(.badSignature, "the token's signature does not hold")
        }
        return try TokenClaims(claimsJSON).identity(at: now(), lifetimeLimit: lifetimeLimit)
    }

    /// Rereads the JWKS file when it changes, until graceful shutdown.
    public func run() async throws {
        guard let file else { return try await gracefulShutdown() }
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: pollInterval)
                await rereadIfChanged(file)
            }
        }
    }

    private func rereadIfChanged(_ file: KeyFile) async {
        guard file.hasChanged() else { return }
        do {
            let published = try await file.read(logger: logger)
            let set = KeySet(secret: secret, published: published)
            keys.withLock { $0 = set }
            logger.notice("read the JWKS file anew", metadata: ["file": "\(file.path)", "keys": "\(published.count)"])
        } catch {
            logger.error("cannot use the JWKS file: the keys from before stay", metadata: ["error": "\(error)"])
        }
    }
}
