import ServiceRuntime

/// How messages are searched.
struct SearchSettings: Hashable, Sendable {
    /// The name of one of Postgres' text search configurations.
    var language: String
    var timeout: Duration

    /// Reads them; nil when search is off.
    init?(_ settings: Settings) throws(SettingsError) {
        timeout = try settings.duration("search-timeout", in: .milliseconds(100) ... .seconds(60))
        language = try settings.string("search-language")
        if language == "off" { return nil }
    }
}
