import FoundationEssentials
import Messaging

/// What matters of a token's claims ([RFC 7519, section 4.1](https://www.rfc-editor.org/rfc/rfc7519#section-4.1)).
struct TokenClaims {
    private let members: TokenMembers

    init(_ json: [UInt8]) throws(AuthenticationError) {
        members = try TokenMembers(json, part: "claims")
    }

    /// The identity that the claims make.
    ///
    /// - Parameters:
    ///   - now: In milliseconds since the epoch.
    ///   - lifetimeLimit: How long a token may live.
    func identity(at now: Int64, lifetimeLimit: Duration) throws(AuthenticationError) -> Identity {
        guard let expiresAt = try milliseconds(.exp) else {
            throw AuthenticationError(.missingClaim("exp"), "the token has no exp: give it a time at which it ends")
        }
        guard let user = try members.string(.sub) else {
            throw AuthenticationError(.missingClaim("sub"), "the token has no sub: it has to name the user")
        }
        guard now < expiresAt else { throw AuthenticationError(.expired, "the token has expired: get a new one") }
        if let start = try milliseconds(.nbf), start > now {
            throw AuthenticationError(.notYetValid, "the token is not valid yet: its nbf is in the future")
        }
        guard Identifier.isValid(user) else {
            throw AuthenticationError(.badSubject, "the token's sub is no user id: it has to be \(Identifier.rule)")
        }
        // Without iat it may be as old as a token can be.
        let earliest = expiresAt - lifetimeLimit.components.seconds * 1000
        let issuedAt = try milliseconds(.iat) ?? earliest
        guard issuedAt >= earliest else {
            throw AuthenticationError(
                .livesTooLong,
                "the token lives longer than \(lifetimeLimit.components.seconds) s, from iat to exp: get one that ends earlier, or an operator raises TOKEN_LIFETIME_LIMIT"
            )
        }
        let scope = try members.string(.scope) ?? ""
        return Identity(
            user: user, scopes: Set(scope.split(separator: " ").map(String.init)), issuedAt: issuedAt,
            expiresAt: expiresAt, topics: try topics(), isInvisible: try isInvisible())
    }

    /// The claim `topics`: lists of patterns, of which each may be absent.
    private func topics() throws(AuthenticationError) -> TopicGrants {
        struct Lists: Decodable {
            let publish: [String]?
            let subscribe: [String]?
        }
        guard let json = try members.object(.topics) else { return .none }
        guard let lists = try? JSONDecoder().decode(Lists.self, from: Data(json)),
            let grants = TopicGrants(publish: lists.publish ?? [], subscribe: lists.subscribe ?? [])
        else {
            throw AuthenticationError(
                .malformed,
                "the token's topics must be {\"publish\":[…],\"subscribe\":[…]} with patterns such as news or news.*")
        }
        return grants
    }

    /// Who asks to be hidden and is misunderstood would be seen: so what is not known is refused.
    private func isInvisible() throws(AuthenticationError) -> Bool {
        switch try members.string(.presence) {
        case nil, "online": false
        case "invisible": true
        default:
            throw AuthenticationError(
                .malformed, "the token's presence has to be \"online\" or \"invisible\", or be left out")
        }
    }

    /// A NumericDate, seconds that may have a fraction, in milliseconds.
    private func milliseconds(_ name: TokenMembers.Name) throws(AuthenticationError) -> Int64? {
        guard let seconds = try members.number(name) else { return nil }
        // The last second of the year 9999.
        guard seconds >= 0, seconds <= 253_402_300_799 else {
            throw AuthenticationError(.malformed, "the token's \(name) is out of range: times are seconds since 1970")
        }
        return Int64((seconds * 1000).rounded(.down))
    }
}
