/// Reads flags one after the other: `--name value`, `--name=value`, and switches alone.
struct FlagReader {
    var arguments: ArraySlice<String>
    let declarations: [String: Setting]

    mutating func next() throws(SettingsError) -> (name: String, value: String)? {
        guard let argument = arguments.popFirst() else { return nil }
        guard argument.hasPrefix("--") else {
            throw SettingsError(
                code: .unknownFlag, setting: argument,
                description:
                    "unexpected argument \"\(argument)\": settings are flags such as --port 9000; --help lists them")
        }
        let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let setting = declarations[name] else { throw unknown(name) }
        if parts.count == 2 { return (name, String(parts[1])) }
        if setting.isSwitch {
            if let following = arguments.first, Self.boolean(following) != nil {
                arguments.removeFirst()
                return (name, following)
            }
            return (name, "true")
        }
        guard let value = arguments.first, !value.hasPrefix("--") else {
            throw SettingsError(
                code: .missingValue, setting: name,
                description: "\(setting.flag) needs a value, as in \(setting.flag) \(setting.default ?? "VALUE")")
        }
        arguments.removeFirst()
        return (name, value)
    }

    /// What a switch's text means; nil when it means nothing.
    static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        default: nil
        }
    }

    private func unknown(_ name: String) -> SettingsError {
        let nearest = EditDistance.nearest(to: name, among: declarations.keys.sorted())
        let hint = nearest.map { "did you mean --\($0)?" } ?? "--help lists all flags"
        return SettingsError(
            code: .unknownFlag, setting: "--\(name)", description: "unknown flag --\(name): \(hint)")
    }
}
