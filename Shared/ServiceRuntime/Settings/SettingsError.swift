/// A setting that is missing or wrong: names the setting and the remedy, and never shows a secret.
public struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of fault it is.
    public enum Code: Hashable, Sendable {
        /// A flag that no setting has.
        case unknownFlag
        /// A flag without the value it needs.
        case missingValue
        /// A setting that is needed and was not given.
        case missing
        /// A value that cannot be used.
        case invalid
    }

    public let code: Code
    /// The name of the setting, or the flag as it was given.
    public let setting: String
    public let description: String

    init(code: Code, setting: String, description: String) {
        self.code = code
        self.setting = setting
        self.description = description
    }

    /// A value that cannot be used for a reason that only the service knows, such as an address that does not resolve.
    ///
    /// - Parameters:
    ///   - setting: The name of the setting, such as `redis-url`.
    ///   - problem: What is wrong, without the value if that is secret.
    ///   - remedy: What to do, as an imperative.
    public init(_ setting: String, _ problem: String, remedy: String) {
        let names = Setting(setting, help: "")
        self.init(
            code: .invalid, setting: setting,
            description: "\(names.environmentName) (\(names.flag)) \(problem): \(remedy)")
    }
}
