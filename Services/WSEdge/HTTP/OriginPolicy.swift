/// Which web pages may connect. Browsers say where a page is from (`Origin`), others say nothing and are let in: they have a token or not.
struct OriginPolicy {
    /// Lower-case origins; `*` for any. Empty: only pages of the host that is connected to.
    let allowed: [String]

    func allows(origin: String?, host: String?) -> Bool {
        guard let origin = origin?.lowercased() else { return true }
        if allowed.contains("*") || allowed.contains(origin) { return true }
        guard allowed.isEmpty, let host = host?.lowercased(), let scheme = origin.firstRange(of: "://") else {
            return false
        }
        let isSecure = origin.hasPrefix("https")
        return Self.withoutDefaultPort(origin[scheme.upperBound...], isSecure)
            == Self.withoutDefaultPort(host[...], isSecure)
    }

    private static func withoutDefaultPort(_ host: Substring, _ isSecure: Bool) -> Substring {
        let port = isSecure ? ":443" : ":80"
        return host.hasSuffix(port) ? host.dropLast(port.count) : host
    }
}
