import FoundationEssentials

/// Where a history is asked for canaries.
struct HistoryAddress: Hashable, Sendable {
    let host: String
    let port: Int
    /// What goes before `/canary`; empty, or such as `/history`.
    let path: String

    /// Reads `http://host[:port][/path]`; nil when it is anything else.
    init?(_ url: String) {
        guard url.hasPrefix("http://"), let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty,
            parts.user == nil, parts.query == nil, parts.fragment == nil, (1...65_535).contains(parts.port ?? 80)
        else { return nil }
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = parts.port ?? 80
        path = parts.path.hasSuffix("/") ? String(parts.path.dropLast()) : parts.path
    }
}
