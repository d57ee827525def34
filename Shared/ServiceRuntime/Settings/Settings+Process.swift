import FoundationEssentials

extension Settings {
    /// The settings of a command from its arguments and the process's environment, of which only some of them may come: what a command is to do should not be
    /// decided by a variable that somebody once set. `NAME_FILE` names a file that holds the value of `NAME`.
    ///
    /// - Parameters:
    ///   - declared: all settings of the command.
    ///   - inEnvironment: those that may also be set there.
    /// - Throws: ``SettingsError`` naming the setting and the remedy.
    public static func ofCommand(
        declared: [Setting], inEnvironment: [Setting], arguments: [String]
    ) throws(SettingsError) -> Settings {
        let environment = try SettingFiles.resolve(ProcessInfo.processInfo.environment, for: inEnvironment)
        let names = Set(inEnvironment.map(\.environmentName))
        return try Settings(
            declared: declared, arguments: arguments, environment: environment.filter { names.contains($0.key) })
    }
}
