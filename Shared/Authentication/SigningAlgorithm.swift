/// The algorithms that are accepted, by their names in `alg` ([RFC 7518](https://www.rfc-editor.org/rfc/rfc7518), RFC 8037). There is no `none`.
enum SigningAlgorithm: String {
    case hs256 = "HS256"
    case rs256 = "RS256"
    case es256 = "ES256"
    case edDSA = "EdDSA"
}
