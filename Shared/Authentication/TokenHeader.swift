/// What matters of a token's header ([RFC 7515, section 4](https://www.rfc-editor.org/rfc/rfc7515#section-4)).
struct TokenHeader {
    let algorithm: String
    let keyIdentifier: String?

    init(_ json: [UInt8]) throws(AuthenticationError) {
        let members = try TokenMembers(json, part: "header")
        guard let algorithm = try members.string(.alg) else {
            throw AuthenticationError(.malformed, "the token's header has no alg")
        }
        // Extensions that must be understood; none is.
        guard !members.has(.crit) else {
            throw AuthenticationError(.malformed, "the token's header has crit, of which nothing is supported")
        }
        self.algorithm = algorithm
        keyIdentifier = try members.string(.kid)
    }
}
