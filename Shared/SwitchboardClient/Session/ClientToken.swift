import FoundationEssentials

/// The token that a user shows, and when it expires.
struct ClientToken: Hashable, Sendable {
    /// The JWT.
    let text: String
    /// Milliseconds since the Unix epoch.
    let expiresAt: Int64

    /// A token that expires within so many milliseconds may do so before it arrives.
    static let margin: Int64 = 5_000

    /// Reads when a JWT expires from what it says itself; in a minute, when that cannot be read: the server may well be able to.
    /// - Returns: nil when it is no token at all: empty, or with characters that no JWT has.
    init?(_ text: String, wall: Int64) {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != 0x22 && $0 != 0x5c }) else {
            return nil
        }
        self.text = text
        expiresAt = Self.expiry(text) ?? wall + 60_000
    }

    func isGood(_ now: Moment) -> Bool { expiresAt - now.wall > Self.margin }

    /// How long until it is to be renewed: a minute before it expires, or after half of what is left when that is less.
    func renewal(_ now: Moment) -> Int64 {
        let left = max(0, expiresAt - now.wall)
        return left - min(60_000, left / 2)
    }

    private struct Claims: Decodable { var exp: Double? }

    private static func expiry(_ text: String) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        var base64 = parts[1].map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        base64 += repeatElement("=", count: (4 - base64.count % 4) % 4)
        guard let data = Data(base64Encoded: String(base64)),
            let exp = try? JSONDecoder().decode(Claims.self, from: data).exp, exp > 0, exp < 1e12
        else { return nil }
        return Int64(exp * 1000)
    }
}
