import ServiceRuntime

/// What is printed instead of doing something.
enum AdminHelp {
    static func answer(to arguments: [String]) -> String? {
        if arguments.contains("--help") || arguments.contains("-h") { return text }
        if arguments.contains("--version") { return "switchboard-admin \(Version.current)\n" }
        return nil
    }

    static var text: String {
        var text = """
            switchboard-admin: what an operator does to an installation

            Usage: switchboard-admin dead-letters list|show|replay|drop [--setting value]…
            Dead letters are entries that router, history or presence could not handle and have put aside.

              list    says which there are
              show    says all that is known of each
              replay  has them handled again, in their partition's turn, and takes them out of the dead letters
              drop    throws them away


            """
        for setting in AdminRequest.settings {
            let isShared = AdminRequest.environmentSettings.contains(setting)
            let value = setting.isSwitch ? "" : " <value>"
            let note = isShared ? "  (\(setting.environmentName), default \(setting.default ?? "none"))" : ""
            text += "  \(setting.flag)\(value)\(note)\n      \(setting.help)\n"
        }
        return text
            + """
              --help, --version

            Exit status: 0 done, 1 nothing matched, 2 something failed, 64 called wrongly.

            """
    }
}
