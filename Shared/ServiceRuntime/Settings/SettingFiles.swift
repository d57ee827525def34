import FoundationEssentials

/// Values that are kept in files: where `NAME_FILE` is set, the setting `NAME` is what the file of that name holds.
///
/// It is how containers are given secrets, which in a variable could be read by whoever may inspect the container.
enum SettingFiles {
    /// The environment with the values from files filled in, without the line breaks at their ends.
    ///
    /// A variable that is itself a setting (`AUTH_JWKS_FILE`) is not taken for one that names a file.
    ///
    /// - Throws: ``SettingsError`` for a file that cannot be read or is empty, and where both `NAME` and `NAME_FILE` are set.
    static func resolve(
        _ environment: [String: String], for settings: [Setting], read: (String) -> String? = Self.read
    ) throws(SettingsError) -> [String: String] {
        let declared = Set(settings.map(\.environmentName))
        var resolved = environment
        for setting in settings {
            let name = setting.environmentName
            let fileName = name + "_FILE"
            guard !declared.contains(fileName), let path = environment[fileName], !path.isEmpty else { continue }
            guard (environment[name] ?? "").isEmpty else {
                throw error(setting, "\(name) and \(fileName) are both set: give one of the two")
            }
            guard var value = read(path) else {
                throw error(setting, "\(fileName) is \"\(path)\", which cannot be read: name a readable file in UTF-8")
            }
            while value.last?.isNewline == true { value.removeLast() }
            guard !value.isEmpty else {
                throw error(setting, "\(fileName) is \"\(path)\", which is empty: write the value into it")
            }
            resolved[name] = value
        }
        return resolved
    }

    private static func read(_ path: String) -> String? {
        try? String(contentsOfFile: path, encoding: .utf8)
    }

    private static func error(_ setting: Setting, _ description: String) -> SettingsError {
        SettingsError(code: .invalid, setting: setting.name, description: description)
    }
}
