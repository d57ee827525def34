import JWTKit
import Logging
import Testing

@testable import Authentication

/// Tokens signed with the shared secret, and every way in which one can be wrong.
struct SharedSecretTests {
    static let now: Int64 = 1_700_000_000_000

    private func verifier(secret: String = TestIssuer.secret) async throws -> TokenVerifier {
        try await TokenVerifier(
            secret: secret, jwksFile: nil, logger: CollectingLog().logger, pollInterval: .seconds(1), now: { Self.now })
    }

    private func refusal(_ token: String) async throws -> AuthenticationError.Code? {
        let verifier = try await verifier()
        do throws(AuthenticationError) {
            _ = try await verifier.verify(token)
            return nil
        } catch {
            #expect(token.count < 9 || !error.description.contains(token))
            return error.code
        }
    }

    private func refusal(claims: String) async throws -> AuthenticationError.Code? {
        try await refusal(TestIssuer.shared().token(claims: claims))
    }

    @Test func aGoodTokenNamesUserScopesAndTimes() async throws {
        let claims = #"{"sub":"alice","iat":1699999999.5,"exp":1700000001,"scope":"broadcast  send:any"}"#
        let identity = try await verifier().verify(TestIssuer.shared().token(claims: claims))
        #expect(
            identity
                == Identity(
                    user: "alice", scopes: ["broadcast", "send:any"], issuedAt: 1_699_999_999_500,
                    expiresAt: 1_700_000_001_000))
        #expect(identity.has("broadcast"))
        #expect(!identity.has("admin"))
    }

    @Test func aTokenThatLivesTooLongIsRefused() async throws {
        let day: Int64 = 86_400
        let last = 1_700_000_001 - 30 * day
        #expect(try await refusal(claims: "{\"sub\":\"alice\",\"exp\":1700000001,\"iat\":\(last)}") == nil)
        let claims = "{\"sub\":\"alice\",\"exp\":1700000001,\"iat\":\(last - 1)}"
        #expect(try await refusal(claims: claims) == .livesTooLong)
    }

    @Test func aTokenWithoutTheTimeOfItsIssueIsAsOldAsATokenCanBe() async throws {
        let token = try await TestIssuer.shared().token(claims: #"{"sub":"alice","exp":1700000001}"#)
        let identity = try await verifier().verify(token)
        #expect(identity.issuedAt == identity.expiresAt - 30 * 86_400_000)
    }

    @Test func unknownClaimsAreIgnored() async throws {
        let claims = #"{"sub":"alice","exp":1700000001,"aud":["x"],"extra":{"deep":[1,2]}}"#
        #expect(try await refusal(claims: claims) == nil)
    }

    @Test func aTokenGrantsTopics() async throws {
        let claims = #"{"sub":"alice","exp":1700000001,"topics":{"publish":["news.*"],"more":1,"subscribe":null}}"#
        let identity = try await verifier().verify(TestIssuer.shared().token(claims: claims))
        #expect(identity.topics == TopicGrants(publish: ["news.*"], subscribe: []))
    }

    @Test(arguments: [
        #"["news"]"#, #""news""#, #"{"publish":"news"}"#, #"{"publish":["a b"]}"#, #"{"subscribe":[1]}"#,
        #"{"subscribe":[""]}"#,
    ])
    func aTokenWhoseTopicsAreNoGrantsIsRefused(_ topics: String) async throws {
        #expect(try await refusal(claims: #"{"sub":"alice","exp":1700000001,"topics":\#(topics)}"#) == .malformed)
    }

    @Test func aMintedTokenIsAccepted() async throws {
        let verifier = try await TokenVerifier(
            secret: TestIssuer.secret, jwksFile: nil, logger: CollectingLog().logger)
        let token = try await TokenMinter.token(user: "bob", scopes: ["admin"], secret: TestIssuer.secret)
        let identity = try await verifier.verify(token)
        #expect(identity.user == "bob")
        #expect(identity.scopes == ["admin"])
        #expect(identity.issuedAt + 3_600_000 == identity.expiresAt)
    }

    @Test func aTokenMintedInThePastHasExpired() async throws {
        let verifier = try await TokenVerifier(
            secret: TestIssuer.secret, jwksFile: nil, logger: CollectingLog().logger)
        let token = try await TokenMinter.token(user: "bob", lifetime: .seconds(-1), secret: TestIssuer.secret)
        await #expect { try await verifier.verify(token) } throws: { ($0 as? AuthenticationError)?.code == .expired }
    }

    @Test func theMomentOfExpiryIsTooLate() async throws {
        #expect(try await refusal(claims: #"{"sub":"alice","exp":1700000000}"#) == .expired)
        #expect(try await refusal(claims: #"{"sub":"alice","exp":1700000000.001}"#) == nil)
    }

    @Test func aTokenWithoutExpiryIsRefused() async throws {
        #expect(try await refusal(claims: #"{"sub":"alice"}"#) == .missingClaim("exp"))
        #expect(try await refusal(claims: #"{"sub":"alice","exp":null}"#) == .missingClaim("exp"))
    }

    @Test(arguments: ["1e300", "-1", "\"1700000001\"", "true", "253402300800"])
    func anExpiryThatIsNoTimeIsRefused(exp: String) async throws {
        #expect(try await refusal(claims: "{\"sub\":\"alice\",\"exp\":\(exp)}") == .malformed)
    }

    @Test func aTokenOfTheFutureIsRefused() async throws {
        #expect(try await refusal(claims: #"{"sub":"alice","exp":1700000009,"nbf":1700000001}"#) == .notYetValid)
        #expect(try await refusal(claims: #"{"sub":"alice","exp":1700000009,"nbf":1700000000}"#) == nil)
    }

    @Test(arguments: ["", "a b", "a:b", "{alice}", "al\\u0000ice", "élise", String(repeating: "a", count: 129)])
    func aSubjectThatIsNoUserIdIsRefused(sub: String) async throws {
        #expect(try await refusal(claims: "{\"sub\":\"\(sub)\",\"exp\":1700000001}") == .badSubject)
    }

    @Test func aTokenWithoutSubjectIsRefused() async throws {
        #expect(try await refusal(claims: #"{"exp":1700000001}"#) == .missingClaim("sub"))
        #expect(try await refusal(claims: #"{"sub":7,"exp":1700000001}"#) == .malformed)
    }

    @Test func aScopeThatIsNoStringIsRefused() async throws {
        #expect(try await refusal(claims: #"{"sub":"alice","exp":1700000001,"scope":["admin"]}"#) == .malformed)
    }

    @Test func aTokenMayHideItsBearer() async throws {
        func isInvisible(_ member: String) async throws -> Bool {
            let token = try await TestIssuer.shared().token(claims: #"{"sub":"alice","exp":1700000001\#(member)}"#)
            return try await verifier().verify(token).isInvisible
        }
        #expect(try await isInvisible(#","presence":"invisible""#))
        #expect(try await isInvisible(#","presence":"online""#) == false)
        #expect(try await isInvisible("") == false)
    }

    @Test(arguments: ["\"hidden\"", "true", "[\"invisible\"]", "\"\""])
    func aPresenceThatIsMisspeltIsRefusedRatherThanShown(_ value: String) async throws {
        #expect(try await refusal(claims: #"{"sub":"alice","exp":1700000001,"presence":\#(value)}"#) == .malformed)
    }

    @Test func aTokenSignedWithAnotherSecretIsRefused() async throws {
        let forger = try await TestIssuer.shared(secret: "another secret that is long enough as well")
        let token = try forger.token(claims: #"{"sub":"alice","exp":1700000001}"#)
        #expect(try await refusal(token) == .badSignature)
    }

    @Test func aTokenWhoseClaimsWereChangedIsRefused() async throws {
        let token = try await TestIssuer.shared().token(claims: #"{"sub":"alice","exp":1700000001}"#)
        var parts = token.split(separator: ".").map(String.init)
        parts[1] = TestIssuer.encode(Array(#"{"sub":"mallory","exp":1700000001}"#.utf8))
        #expect(try await refusal(parts.joined(separator: ".")) == .badSignature)
    }

    @Test(arguments: ["none", "None", "NONE", "", "HS384", "HS512", "RS256", "ES256", "EdDSA", "hs256"])
    func anotherAlgorithmIsRefused(algorithm: String) async throws {
        let issuer = try await TestIssuer.shared()
        let claims = #"{"sub":"alice","exp":1700000001}"#
        let token = try issuer.token(header: "{\"alg\":\"\(algorithm)\"}", claims: claims)
        #expect(try await refusal(token) == .badAlgorithm)
        let unsigned = token.split(separator: ".").prefix(2).joined(separator: ".") + "."
        #expect(try await refusal(unsigned) == .badAlgorithm)
    }

    @Test func changingAnyCharacterMakesItNoToken() async throws {
        let verifier = try await verifier()
        let token = Array(
            try await TestIssuer.shared().token(claims: #"{"sub":"alice","exp":1700000001,"iat":1700000000}"#).utf8)
        for index in token.indices {
            for replacement in "A_z9.=" where token[index] != replacement.asciiValue {
                var changed = token
                changed[index] = try #require(replacement.asciiValue)
                #expect(throws: AuthenticationError.self) {
                    try verifier.identity(of: String(decoding: changed, as: UTF8.self))
                }
            }
        }
    }

    @Test func anEmptySignatureIsRefused() async throws {
        let token = try await TestIssuer.shared().token(claims: #"{"sub":"alice","exp":1700000001}"#)
        let unsigned = token.split(separator: ".").prefix(2).joined(separator: ".") + "."
        #expect(try await refusal(unsigned) == .badSignature)
    }

    @Test func aKeyIdThatNoKeyHasIsRefused() async throws {
        let token = try await TestIssuer.shared().token(claims: #"{"sub":"alice","exp":1700000001}"#, kid: "k1")
        #expect(try await refusal(token) == .unknownKey)
    }

    @Test(arguments: [
        #"{"sub":"alice","exp":1700000001,"sub":"bob"}"#, #"{"sub":"alice","exp":1700000001,"e\u0078p":1800000000}"#,
        #"{"sub":"alice","exp":1700000001} x"#, #"["alice"]"#, "null", #"{"sub":"alice","exp":1700000001,}"#,
    ])
    func claimsThatAreAmbiguousOrNoStrictJSONAreRefused(claims: String) async throws {
        #expect(try await refusal(claims: claims) == .malformed)
    }

    @Test(arguments: [
        #"{}"#, #"{"alg":null}"#, #"{"alg":1}"#, #"{"alg":"HS256","alg":"none"}"#, #"{"alg":"HS256","kid":1}"#,
    ])
    func headersThatLeaveTheKeyOpenAreRefused(header: String) async throws {
        let token = try await TestIssuer.shared().token(header: header, claims: #"{"sub":"alice","exp":1700000001}"#)
        #expect(try await refusal(token) == .malformed)
    }

    @Test func claimsThatAreNotUTF8AreRefused() async throws {
        let issuer = try await TestIssuer.shared()
        let claims = Array(#"{"sub":"alice","exp":1700000001,"x":""#.utf8) + [0xff] + Array(#""}"#.utf8)
        let signed = TestIssuer.encode(Array(#"{"alg":"HS256"}"#.utf8)) + "." + TestIssuer.encode(claims)
        let signature = TestIssuer.encode(try issuer.key.sign(Array(signed.utf8)))
        #expect(try await refusal("\(signed).\(signature)") == .malformed)
    }

    @Test func escapedNamesAndValuesAreRead() async throws {
        #expect(try await refusal(claims: #"{"s\u0075b":"al\u0069ce","exp":17.00000001e8}"#) == nil)
    }

    @Test func criticalExtensionsAreRefused() async throws {
        let header = #"{"alg":"HS256","crit":["b64"],"b64":false}"#
        let token = try await TestIssuer.shared().token(
            header: header, claims: #"{"sub":"alice","exp":1700000001}"#)
        #expect(try await refusal(token) == .malformed)
    }

    @Test func noTokenIsMissing() async throws {
        #expect(try await refusal("") == .missing)
    }

    @Test(arguments: ["a", "a.b", "..", "a.b.c.d", "é.é.é", "eyJ=.e30.AA", "e30.e30.AA", "bm8.bm8.AA"])
    func whatIsNoTokenIsMalformed(text: String) async throws {
        #expect(try await refusal(text) == .malformed)
    }

    @Test func aVeryLongTokenIsNotLookedAt() async throws {
        let token = try await TestIssuer.shared().token(
            claims: "{\"sub\":\"alice\",\"exp\":1700000001,\"x\":\"\(String(repeating: "x", count: 8192))\"}")
        #expect(try await refusal(token) == .malformed)
    }

    @Test func aShortSecretIsRefusedAtStartWithTheRemedy() async throws {
        await #expect {
            _ = try await verifier(secret: String(repeating: "s", count: 31))
        } throws: { error in
            "\(error)".contains("AUTH_JWT_SECRET has 31 bytes") && "\(error)".contains("openssl rand -hex 32")
                && !"\(error)".contains("sssss")
        }
        _ = try await verifier(secret: String(repeating: "s", count: 32))
    }

    @Test func neitherSecretNorFileIsRefusedAtStart() async throws {
        await #expect {
            _ = try await TokenVerifier(secret: nil, jwksFile: nil, logger: CollectingLog().logger)
        } throws: { error in
            "\(error)".contains("AUTH_JWT_SECRET") && "\(error)".contains("AUTH_JWKS_FILE")
        }
    }
}
