import HTTPTypes

/// Pages of which other origins may read a service's answers ([CORS](https://fetch.spec.whatwg.org/#http-cors-protocol)).
///
/// Tokens go in a header that a page sets itself, never in a cookie, so credentials are not allowed for.
public struct CrossOriginPolicy: Hashable, Sendable {
    private let origins: Set<String>

    /// Pages of the service's own origin only: no headers.
    public static let none = CrossOriginPolicy(origins: [])

    /// The policy of a setting: origins such as `https://chat.example.com`, or `*` for any.
    ///
    /// - Throws: `SettingsError` for what is no origin, naming the setting.
    public init(_ settings: Settings, name: String = "allowed-origins") throws(SettingsError) {
        self.init(origins: Set(try settings.origins(name)))
    }

    init(origins: Set<String>) { self.origins = origins }

    /// Whether no other origin is let in.
    var isEmpty: Bool { origins.isEmpty }

    /// The headers that let a page of `origin` read an answer; nil when it may not.
    func headers(for origin: String) -> HTTPFields? {
        if origins.contains("*") { return [.accessControlAllowOrigin: "*"] }
        guard origins.contains(origin.lowercased()) else { return nil }
        return [.accessControlAllowOrigin: origin]
    }
}
