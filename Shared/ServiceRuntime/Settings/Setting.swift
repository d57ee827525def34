/// One setting of a service, declared once: its flag, its environment variable, its line in `--help` and in
/// docs/configuration.md all come from here.
public struct Setting: Hashable, Sendable {
    /// The name in lower-case words joined by hyphens, such as `redis-url`: the flag is `--redis-url`, the environment variable
    /// `REDIS_URL`.
    public let name: String
    /// What holds when neither the flag nor the environment gives a value; nil for a setting without a default.
    public let `default`: String?
    /// The unit of a bare number, such as `s`, `ms` or `bytes`.
    public let unit: String?
    /// One sentence for `--help` and the document.
    public let help: String
    /// Whether the value must never be shown in logs or errors.
    public let isSecret: Bool

    /// A setting of its parts.
    public init(_ name: String, default: String? = nil, unit: String? = nil, help: String, isSecret: Bool = false) {
        self.name = name
        self.default = `default`
        self.unit = unit
        self.help = help
        self.isSecret = isSecret
    }

    /// The flag that sets it, such as `--redis-url`.
    public var flag: String { "--\(name)" }

    /// The environment variable that sets it, such as `REDIS_URL`.
    public var environmentName: String {
        String(name.map { $0 == "-" ? "_" : Character($0.uppercased()) })
    }

    /// Whether the flag may stand alone, meaning true: so for settings whose default is `true` or `false`.
    public var isSwitch: Bool { `default` == "true" || `default` == "false" }
}
