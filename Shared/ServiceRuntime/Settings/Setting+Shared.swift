/// Settings of several services, but not of all: each declared once, and read with one bound.
extension Setting {
    /// The name of an instance; `service` is which, such as `presence`.
    public static func instance(_ service: String) -> Setting {
        Setting(
            "instance",
            help: "This instance's name, unlike that of any other \(service). By default a new random one.")
    }

    /// How long a partition of the log may grow.
    public static let logLimit = Setting(
        "log-limit", default: "1000000",
        help: "Entries in a partition of the log from which on sends are answered with busy.")

    /// How many entries inboxes keep.
    public static let inboxCapacity = Setting(
        "inbox-capacity", default: "1000",
        help: "Entries that an inbox keeps at least. The same for message-router and presence.")

    /// How long inboxes keep an entry.
    public static let inboxRetention = Setting(
        "inbox-retention", default: "7d", unit: "s",
        help: "How long an inbox keeps an entry. The same for ws-edge and message-router.")

    /// How often one user may ask a REST API; `costs` says which requests count for more than one, and whose for none.
    public static func restRate(_ costs: String) -> Setting {
        Setting(
            "rest-rate", default: "100",
            help:
                "Requests a second of one user, after a burst of twice as many; more are answered with 429. \(costs) 0 for no limit."
        )
    }
}

extension Settings {
    /// The name of this instance: what ``Setting/instance(_:)`` says, else a new random one that begins with `prefix`.
    public func instance(_ prefix: String) -> String {
        optionalString("instance") ?? "\(prefix)-\(String(UInt64.random(in: .min ... .max), radix: 36))"
    }

    /// What ``Setting/logLimit`` says.
    public func logLimit() throws(SettingsError) -> Int { try integer("log-limit", in: 1...1_000_000_000) }

    /// What ``Setting/inboxCapacity`` says.
    public func inboxCapacity() throws(SettingsError) -> Int { try integer("inbox-capacity", in: 10...1_000_000) }

    /// What ``Setting/inboxRetention`` says.
    public func inboxRetention() throws(SettingsError) -> Duration {
        try duration("inbox-retention", in: .seconds(60)...(.seconds(366 * 86_400)))
    }

    /// What ``Setting/restRate(_:)`` says: requests a second of one user; 0 for no limit.
    public func restRate() throws(SettingsError) -> Int { try integer("rest-rate", in: 0...1_000_000) }
}
