/// What is written about settings, for the terminal and for docs/configuration.md, from their declarations.
public enum SettingsDocument {
    /// The text of `--help`.
    public static func help(service: String, summary: String, settings: [Setting]) -> String {
        var text = "\(service): \(summary)\n\nUsage: \(service) [--setting value]…\n"
        text += "Each setting can be given as a flag or in the environment; the flag wins.\n"
        text += "NAME_FILE in the environment names a file that holds the value of NAME, for secrets.\n\n"
        for setting in settings {
            text += "  \(setting.flag)\(setting.isSwitch ? "[=true|false]" : " \(placeholder(setting))")"
            text += "  (\(setting.environmentName)\(note(setting)))\n\(wrapped(setting.help))"
        }
        text += "  --help\n      Shows this text.\n  --version\n      Shows the version.\n"
        return text
    }

    /// The section of docs/configuration.md about one service: its own settings, and which of the shared ones it has.
    public static func render(service: String, summary: String, settings: [Setting]) -> String {
        let own = settings.filter { setting in
            !Setting.common.contains(setting) && !Setting.authentication.contains(setting)
        }
        var text = "## \(service)\n\n\(sentence(summary))\n"
        if !own.isEmpty { text += "\n" + table(own) }
        var shared: [String] = []
        if settings.contains(where: Setting.common.contains) { shared.append("[all services](#all-services)") }
        if settings.contains(where: Setting.authentication.contains) {
            shared.append("[authentication](#authentication)")
        }
        if !shared.isEmpty { text += "\nAnd the settings of \(shared.joined(separator: " and of ")).\n" }
        return text
    }

    /// The sections about the settings that services share.
    public static func renderShared() -> String {
        "## All services\n\n" + table(Setting.common) + "\n## Authentication\n\n"
            + "One of the two is needed; both together are fine.\n\n" + table(Setting.authentication)
    }

    private static func table(_ settings: [Setting]) -> String {
        var text = "| environment | flag | default | unit | |\n| --- | --- | --- | --- | --- |\n"
        for setting in settings {
            let value = setting.default.map { "`\(cell($0))`" } ?? ""
            let help = cell(setting.help) + (setting.isSecret ? " **Secret.**" : "")
            text +=
                "| `\(setting.environmentName)` | `\(setting.flag)` | \(value) | \(setting.unit ?? "") | \(help) |\n"
        }
        return text
    }

    /// The text with a capital at its beginning and a full stop at its end.
    private static func sentence(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst() + (text.hasSuffix(".") ? "" : ".")
    }

    /// Text that does not end its cell of a table.
    private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }

    /// Indented lines of at most 100 characters.
    private static func wrapped(_ text: String) -> String {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let line = lines.last, line.count + 1 + word.count <= 100 {
                lines[lines.count - 1] = line + " " + word
            } else {
                lines.append("      " + word)
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func placeholder(_ setting: Setting) -> String {
        setting.unit.map { "<\($0)>" } ?? "<value>"
    }

    private static func note(_ setting: Setting) -> String {
        setting.default.map { ", default \($0)" } ?? ""
    }
}
