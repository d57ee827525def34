import FoundationEssentials

/// A URL taken apart: where to connect, and what to ask for there.
struct ServerAddress: Hashable, Sendable {
    let isSecure: Bool
    let host: String
    let port: Int
    /// The path with the query, as it goes into a request.
    let target: String

    /// - Parameter schemes: those allowed, with their ports.
    /// - Throws: ``ClientError`` `invalid`.
    init(_ url: String, schemes: [String: Int]) throws(ClientError) {
        guard let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased(),
            let usual = schemes[scheme], let host = parts.host, !host.isEmpty
        else {
            let known = schemes.keys.sorted().joined(separator: " or ")
            throw ClientError(
                .invalid,
                "\"\(url.prefix { $0 != "?" })\" is no address: give one with \(known), such as \(known.prefix { $0 != " " })://127.0.0.1:8080"
            )
        }
        isSecure = scheme == "wss" || scheme == "https"
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = parts.port ?? usual
        let path = parts.percentEncodedPath
        target = (path.isEmpty ? "/" : path) + (parts.percentEncodedQuery.map { "?\($0)" } ?? "")
    }

    /// The value of the header `Host`.
    var authority: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// The target with more in its query. Names and values must need no escaping.
    func target(adding query: [(String, String)]) -> String {
        let text = query.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
        return text.isEmpty ? target : target + (target.contains("?") ? "&" : "?") + text
    }
}
