/// The values of a service's settings: a flag wins over the environment, the environment over the default.
///
/// Flags are `--name value` or `--name=value`; a switch (``Setting/isSwitch``) may stand alone. When a flag is given twice the last one counts.
/// An environment variable that is set and empty counts as not set. An accessor called with an undeclared name is a programming error and traps.
public struct Settings: Sendable {
    private let declarations: [String: Setting]
    private let values: [String: String]

    /// Reads the values of `declared` from the arguments (without the program's name) and the environment.
    ///
    /// - Throws: ``SettingsError`` for a flag that is unknown (suggesting the nearest one) or lacks its value.
    public init(
        declared: [Setting], arguments: [String], environment: [String: String]
    ) throws(SettingsError) {
        var declarations: [String: Setting] = [:]
        for setting in declared {
            precondition(declarations[setting.name] == nil, "the setting \(setting.name) is declared twice")
            declarations[setting.name] = setting
        }
        var values: [String: String] = [:]
        for setting in declared {
            if let value = environment[setting.environmentName], !value.isEmpty {
                values[setting.name] = value
            } else {
                values[setting.name] = setting.default
            }
        }
        var flags = FlagReader(arguments: arguments[...], declarations: declarations)
        while let (name, value) = try flags.next() {
            values[name] = value
        }
        self.declarations = declarations
        self.values = values
    }

    /// The value of a setting that is needed.
    ///
    /// - Throws: ``SettingsError`` when there is none.
    public func string(_ name: String) throws(SettingsError) -> String {
        guard let value = optionalString(name) else {
            let setting = declaration(name)
            throw SettingsError(
                code: .missing, setting: name,
                description: "\(setting.environmentName) (\(setting.flag)) is not set: \(setting.help)")
        }
        return value
    }

    /// The value of a setting, or nil when it is not set or empty.
    public func optionalString(_ name: String) -> String? {
        _ = declaration(name)
        guard let value = values[name], !value.isEmpty else { return nil }
        return value
    }

    /// A whole number.
    ///
    /// - Throws: ``SettingsError`` when it is missing, no number, or out of `range`.
    public func integer(_ name: String, in range: ClosedRange<Int>) throws(SettingsError) -> Int {
        let text = try string(name)
        guard let value = Int(text), range.contains(value) else {
            let unit = declaration(name).unit.map { " \($0)" } ?? ""
            throw invalid(name, text, "give a whole number from \(range.lowerBound) to \(range.upperBound)\(unit)")
        }
        return value
    }

    /// A switch: `true`, `yes`, `on`, `1` or `false`, `no`, `off`, `0`, in any case.
    ///
    /// - Throws: ``SettingsError`` when it is missing or anything else.
    public func boolean(_ name: String) throws(SettingsError) -> Bool {
        let text = try string(name)
        guard let value = FlagReader.boolean(text) else { throw invalid(name, text, "give true or false") }
        return value
    }

    /// The parts of a value separated by commas, without blanks around them; empty when not set.
    public func list(_ name: String) -> [String] {
        guard let text = optionalString(name) else { return [] }
        return text.split(separator: ",").map(\.trimmed).filter { !$0.isEmpty }
    }

    /// A span of time: a whole number of the declared unit (`s` or `ms`), or one with its unit, such as `500ms`, `20s`, `5m`, `24h`, `7d`.
    ///
    /// - Throws: ``SettingsError`` when it is missing, not readable, or out of `range`.
    public func duration(_ name: String, in range: ClosedRange<Duration>) throws(SettingsError) -> Duration {
        let text = try string(name)
        let unit = declaration(name).unit
        precondition(
            unit == "s" || unit == "ms", "the setting \(name) is read as a duration and needs the unit s or ms")
        guard let value = Duration(setting: text, unit: unit ?? "s"), range.contains(value) else {
            throw invalid(
                name, text,
                "give a time from \(range.lowerBound.settingText) to \(range.upperBound.settingText), a bare number being \(unit ?? "s")"
            )
        }
        return value
    }

    /// What must not appear in logs: the values of secret settings, and the passwords in those that are URLs.
    var secrets: [String] {
        values.flatMap { name, value in
            let passwords = value.split(separator: ",").compactMap { URLPassword.find(in: $0) }
            return declarations[name]?.isSecret == true ? [value] + passwords : passwords
        }
    }

    private func invalid(_ name: String, _ value: String, _ remedy: String) -> SettingsError {
        let setting = declaration(name)
        let shown = setting.isSecret ? "has a value that cannot be used" : "is \"\(value)\""
        return SettingsError(
            code: .invalid, setting: name,
            description: "\(setting.environmentName) (\(setting.flag)) \(shown): \(remedy)")
    }

    private func declaration(_ name: String) -> Setting {
        guard let setting = declarations[name] else { preconditionFailure("the setting \(name) is not declared") }
        return setting
    }
}

extension Substring {
    fileprivate var trimmed: String {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
