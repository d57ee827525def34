import Testing

@testable import ServiceRuntime

struct SettingsDocumentTests {
    @Test func theHelpHasEachSettingWithDefaultUnitAndVariable() {
        let help = SettingsDocument.help(
            service: "ws-edge", summary: "Keeps connections.", settings: SettingsTests.declared)
        #expect(help.contains("ws-edge: Keeps connections."))
        #expect(help.contains("  --heartbeat <s>  (HEARTBEAT, default 25)\n      How often.\n"))
        #expect(help.contains("  --demo[=true|false]  (DEMO, default false)"))
        #expect(help.contains("  --edge-id <value>  (EDGE_ID)"))
        for setting in SettingsTests.declared { #expect(help.contains(setting.flag)) }
    }

    @Test func longHelpIsWrapped() {
        let words = Array(repeating: "word", count: 60).joined(separator: " ")
        let help = SettingsDocument.help(service: "s", summary: "S.", settings: [Setting("a", help: words)])
        #expect(help.split(separator: "\n").allSatisfy { $0.count <= 100 })
        #expect(help.split(separator: " ").filter { $0.hasPrefix("word") }.count == 60)
    }

    @Test func theDocumentHasARowForEachSetting() {
        let text = SettingsDocument.render(
            service: "ws-edge", summary: "keeps connections",
            settings: [
                Setting("a-b", default: "x|y", unit: "ms", help: "One | two."),
                Setting("c", help: "C.", isSecret: true),
            ])
        #expect(
            text == """
                ## ws-edge

                Keeps connections.

                | environment | flag | default | unit | |
                | --- | --- | --- | --- | --- |
                | `A_B` | `--a-b` | `x\\|y` | ms | One \\| two. |
                | `C` | `--c` |  |  | C. **Secret.** |

                """)
    }

    @Test func helpVersionAndDocumentAreAskedForByFlag() {
        func information(_ arguments: String...) -> String? {
            Bootstrap.information("history", summary: "Keeps.", settings: Setting.common, arguments: arguments)
        }
        #expect(information("--port", "1") == nil)
        #expect(information("--port", "1", "--help")?.hasPrefix("history: Keeps.") == true)
        #expect(information("-h") == information("--help"))
        #expect(information("--version") == "history \(Version.current)\n")
        #expect(information("--settings-markdown")?.hasPrefix("## history\n") == true)
    }

    @Test func noTwoCommonSettingsShareAName() throws {
        _ = try Settings(
            declared: Setting.common + Setting.authentication + [.port(1)], arguments: [], environment: [:])
    }
}
