/// What the shared secret of HS256 has to be.
enum SecretRule {
    static func check(_ secret: String) throws(AuthenticationError) {
        let length = secret.utf8.count
        guard length >= TokenVerifier.minimumSecretLength else {
            throw AuthenticationError(
                .configuration,
                "AUTH_JWT_SECRET has \(length) bytes and needs at least \(TokenVerifier.minimumSecretLength): "
                    + "`openssl rand -hex 32` makes a good one")
        }
    }
}
