public import HTTPTypes

/// The header by which a repeated request is told from a new one.
public enum IdempotencyKey {
    /// The value of `Idempotency-Key`, if the header is there: 1 to 128 visible ASCII characters.
    /// - Throws: `Problem` 400 for any other value.
    public static func read(_ headers: HTTPFields) throws(Problem) -> String? {
        guard let name = HTTPField.Name("Idempotency-Key"), let value = headers[name] else { return nil }
        guard (1...128).contains(value.utf8.count), value.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .badRequest("the header Idempotency-Key must be 1 to 128 visible ASCII characters")
        }
        return value
    }
}
