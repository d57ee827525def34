/// What a form says ([application/x-www-form-urlencoded](https://url.spec.whatwg.org/#application/x-www-form-urlencoded)), for requests of
/// pages that were made for other servers.
public struct FormParameters: Sendable {
    /// The most names and values, of which the rest would be somebody's attempt at filling memory.
    private static let most = 100

    private var values: [String: String] = [:]

    /// Reads a form's body and, behind it, the query of its address; the first value of a name counts.
    ///
    /// - Parameters:
    ///   - body: The body.
    ///   - contentType: The header of that name; nil is taken for a form.
    ///   - query: What is behind the `?` of the address.
    /// - Throws: ``Problem`` 400 when the body is something else than a form, or cannot be read.
    public init(_ body: [UInt8], contentType: String?, query: String? = nil) throws(Problem) {
        if let contentType, !body.isEmpty {
            let type = contentType.prefix { $0 != ";" && $0 != " " }.lowercased()
            guard type == "application/x-www-form-urlencoded" else {
                throw .badRequest("the body must be a form: application/x-www-form-urlencoded")
            }
        }
        guard let text = String(validating: body, as: UTF8.self) else { throw .badRequest("the body is not UTF-8") }
        let pairs = text.split(separator: "&") + (query ?? "").split(separator: "&")
        guard pairs.count <= Self.most else { throw .badRequest("a form has \(Self.most) values at most") }
        for pair in pairs {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(parts[0]), let value = Self.decoded(parts.count > 1 ? parts[1] : "") else {
                throw .badRequest(
                    "the form has a % that two hexadecimal digits do not follow, or text that is not UTF-8")
            }
            if values[name] == nil { values[name] = value }
        }
    }

    /// The value of a name; nil when the form does not have it.
    public subscript(name: String) -> String? { values[name] }

    private static func decoded(_ text: Substring) -> String? {
        PercentEncoding.decode(text.replacing("+", with: " "))
    }
}
