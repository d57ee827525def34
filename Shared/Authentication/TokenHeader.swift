import FoundationEssentials

/// What matters of a token's header ([RFC 7515, section 4](https://www.rfc-editor.org/rfc/rfc7515#section-4)).
struct TokenHeader: Decodable {
    let algorithm: String
    let keyIdentifier: String?
    /// Extensions that must be understood; none is.
    let critical: [String]?

    private enum CodingKeys: String, CodingKey {
        case algorithm = "alg"
        case keyIdentifier = "kid"
        case critical = "crit"
    }

    static func decode(_ json: [UInt8]) throws(AuthenticationError) -> TokenHeader {
        let header: TokenHeader
        do {
            header = try JSONDecoder().decode(TokenHeader.self, from: Data(json))
        } catch {
            throw AuthenticationError(.malformed, "the token's header is not that of a JWT")
        }
        guard header.critical == nil else {
            throw AuthenticationError(.malformed, "the token's header has crit, of which nothing is supported")
        }
        return header
    }
}
