import Logging
import ServiceLifecycle
import Testing

@testable import Authentication

/// Tokens signed with keys of a JWKS file.
struct PublishedKeyTests {
    private static let claims = #"{"sub":"alice","exp":1700000001}"#

    private func verifier(
        _ file: JWKSFile, secret: String? = nil, log: CollectingLog = CollectingLog()
    ) async throws -> TokenVerifier {
        try await TokenVerifier(
            secret: secret, jwksFile: file.path, logger: log.logger, pollInterval: .milliseconds(5),
            now: { SharedSecretTests.now })
    }

    private func refusal(_ verifier: TokenVerifier, _ token: String) async -> AuthenticationError.Code? {
        do throws(AuthenticationError) {
            _ = try await verifier.verify(token)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func eachAlgorithmIsAcceptedWithItsKey() async throws {
        let issuers = try await [TestIssuer.rsa(), .ecdsa(), .edDSA()]
        let file = try JWKSFile(issuers.map { $0.webKey(kid: "key-\($0.algorithm)") })
        let verifier = try await verifier(file)
        for issuer in issuers {
            let token = try issuer.token(claims: Self.claims, kid: "key-\(issuer.algorithm)")
            #expect(await refusal(verifier, token) == nil, "\(issuer.algorithm)")
            #expect(await refusal(verifier, String(token.dropLast(12)) + "AAAAAAAAAAAA") == .badSignature)
            #expect(await refusal(verifier, String(token.dropLast(14))) == .badSignature)
        }
    }

    @Test func aTokenSignedWithAnotherKeyOfTheSameKindIsRefused() async throws {
        let file = try JWKSFile([try await TestIssuer.ecdsa().webKey(kid: "k")])
        let token = try await TestIssuer.ecdsa().token(claims: Self.claims, kid: "k")
        #expect(await refusal(try await verifier(file), token) == .badSignature)
    }

    @Test func anUnknownKeyIdIsRefusedAlsoWithOneKey() async throws {
        let issuer = try await TestIssuer.ecdsa()
        let file = try JWKSFile([issuer.webKey(kid: "k1")])
        let verifier = try await verifier(file)
        #expect(await refusal(verifier, try issuer.token(claims: Self.claims, kid: "k2")) == .unknownKey)
        #expect(await refusal(verifier, try issuer.token(claims: Self.claims, kid: "")) == .unknownKey)
    }

    @Test func withoutKeyIdTheOnlyKeyOfTheAlgorithmIsMeant() async throws {
        let (first, second, other) = try await (TestIssuer.ecdsa(), TestIssuer.ecdsa(), TestIssuer.edDSA())
        let one = try JWKSFile([first.webKey(kid: "1"), other.webKey(kid: "2")])
        #expect(await refusal(try await verifier(one), try first.token(claims: Self.claims)) == nil)
        let two = try JWKSFile([first.webKey(kid: "1"), second.webKey(kid: "2")])
        #expect(await refusal(try await verifier(two), try first.token(claims: Self.claims)) == .unknownKey)
    }

    @Test func aPublicKeyIsNoSharedSecret() async throws {
        // The classic confusion of algorithms: HS256 with the text of the public key as its secret.
        let issuer = try await TestIssuer.rsa()
        let file = try JWKSFile([issuer.webKey(kid: "k")])
        let verifier = try await verifier(file)
        for secret in [try #require(issuer.members["n"]), TestRSAKey.pem] {
            let forger = try await TestIssuer.shared(secret: secret)
            #expect(await refusal(verifier, try forger.token(claims: Self.claims, kid: "k")) == .badAlgorithm)
            #expect(await refusal(verifier, try forger.token(claims: Self.claims)) == .badAlgorithm)
        }
    }

    @Test func secretAndFileMayBeUsedTogether() async throws {
        let issuer = try await TestIssuer.edDSA()
        let file = try JWKSFile([issuer.webKey(kid: "k")])
        let verifier = try await verifier(file, secret: TestIssuer.secret)
        #expect(await refusal(verifier, try issuer.token(claims: Self.claims, kid: "k")) == nil)
        #expect(await refusal(verifier, try await TestIssuer.shared().token(claims: Self.claims)) == nil)
        let mixed = try await TestIssuer.shared().token(claims: Self.claims, kid: "k")
        #expect(await refusal(verifier, mixed) == .badAlgorithm)
    }

    @Test func keysThatAreNotUnderstoodAreLeftOutAndNamed() async throws {
        let issuer = try await TestIssuer.ecdsa()
        let log = CollectingLog()
        let file = try JWKSFile([
            #"{"kty":"oct","kid":"symmetric","k":"c2VjcmV0"}"#, #"{"kty":"EC","crv":"P-521","kid":"large"}"#,
            #"{"kty":"RSA","kid":"small","n":"AQAB","e":"AQAB"}"#, #"{}"#, issuer.webKey(kid: nil),
            issuer.webKey(kid: "encryption", adding: ["use": "enc"]),
            issuer.webKey(kid: "other", adding: ["alg": "ES384"]),
            issuer.webKey(kid: "good", adding: ["use": "sig", "alg": "ES256", "x5t": "ignored"]),
            issuer.webKey(kid: "good"),
        ])
        let verifier = try await verifier(file, log: log)
        #expect(await refusal(verifier, try issuer.token(claims: Self.claims, kid: "good")) == nil)
        #expect(await refusal(verifier, try issuer.token(claims: Self.claims, kid: "encryption")) == .unknownKey)
        #expect(log.count(of: "is left out") == 8)
        #expect(log.text.contains("symmetric") && log.text.contains("small"))
    }

    @Test(arguments: ["", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[]}"#, #"{"keys":[{"kty":"oct","kid":"a"}]}"#])
    func aFileWithoutUsableKeysIsRefusedAtStart(content: String) async throws {
        let file = try JWKSFile([])
        try file.write(raw: content)
        let path = file.path
        await #expect {
            _ = try await TokenVerifier(secret: nil, jwksFile: path, logger: CollectingLog().logger)
        } throws: { "\($0)".contains("AUTH_JWKS_FILE \"\(path)\"") }
    }

    @Test func aFileThatIsNotThereIsRefusedAtStart() async throws {
        await #expect {
            _ = try await TokenVerifier(secret: nil, jwksFile: "/nowhere/keys.json", logger: CollectingLog().logger)
        } throws: { "\($0)".contains("AUTH_JWKS_FILE \"/nowhere/keys.json\" cannot be read") }
    }

    @Test func aChangedFileIsReadAnewAndABadOneChangesNothing() async throws {
        let (old, new) = try await (TestIssuer.ecdsa(), TestIssuer.edDSA())
        let (oldToken, newToken) = (
            try old.token(claims: Self.claims, kid: "old"), try new.token(claims: Self.claims, kid: "new")
        )
        let log = CollectingLog()
        let file = try JWKSFile([old.webKey(kid: "old")])
        let verifier = try await verifier(file, log: log)
        let running = Task { try await verifier.run() }
        defer { running.cancel() }
        #expect(await refusal(verifier, newToken) == .unknownKey)

        try file.write([old.webKey(kid: "old"), new.webKey(kid: "new")])
        try await eventually { await refusal(verifier, newToken) == nil }
        #expect(await refusal(verifier, oldToken) == nil)

        try file.write(raw: "{\"keys\":[{\"kty\"")
        try await eventually { log.count(of: "the keys from before stay") == 1 }
        #expect(await refusal(verifier, newToken) == nil)

        try file.write([new.webKey(kid: "new")])
        try await eventually { await refusal(verifier, oldToken) == .unknownKey }
        #expect(await refusal(verifier, newToken) == nil)
        #expect(log.count(of: "the keys from before stay") == 1)
    }

    @Test func runningEndsWithGracefulShutdown() async throws {
        let file = try JWKSFile([try await TestIssuer.ecdsa().webKey(kid: "k")])
        let withFile = try await verifier(file)
        let withSecret = try await TokenVerifier(
            secret: TestIssuer.secret, jwksFile: nil, logger: CollectingLog().logger)
        let group = ServiceGroup(services: [withFile, withSecret], logger: CollectingLog().logger)
        await group.triggerGracefulShutdown()
        try await group.run()
    }

    /// Waits until something holds that takes a moment; the test's own time limit ends it otherwise.
    private func eventually(_ condition: () async throws -> Bool) async throws {
        while try await !condition() { try await Task.sleep(for: .milliseconds(2)) }
    }
}
