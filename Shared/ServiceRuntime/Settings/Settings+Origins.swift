extension Settings {
    /// A list of origins of web pages such as `https://chat.example.com`, in lower case, or `*` for any.
    ///
    /// - Throws: ``SettingsError`` for what is no origin, naming the setting.
    public func origins(_ name: String) throws(SettingsError) -> [String] {
        let origins = list(name).map { $0.lowercased() }
        for origin in origins where origin != "*" && !Self.isOrigin(origin) {
            throw SettingsError(
                name, "has \"\(origin)\"", remedy: "give origins such as https://chat.example.com, or *")
        }
        return origins
    }

    /// Whether this is an origin: scheme, host and maybe a port, nothing after it.
    public static func isOrigin(_ text: String) -> Bool {
        guard let scheme = text.firstRange(of: "://"), scheme.lowerBound > text.startIndex else { return false }
        let host = text[scheme.upperBound...]
        return !host.isEmpty && !host.contains("/")
    }
}
