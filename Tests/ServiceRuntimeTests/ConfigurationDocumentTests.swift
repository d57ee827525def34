import Foundation
import Testing

@testable import ServiceRuntime

/// Holds docs/configuration.md to the settings that the services declare.
struct ConfigurationDocumentTests {
    private static let services = ["ws-edge", "message-router", "presence", "history"]

    /// What stands after the marker.
    private func generatedPart() throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/configuration.md"), encoding: .utf8)
        let marker = try #require(text.firstRange(of: "<!-- generated from here on by `make docs` -->\n"))
        return String(text[marker.upperBound...])
    }

    @Test func theDocumentIsWhatTheServicesDeclare() async throws {
        var expected = "\n" + SettingsDocument.renderShared()
        for service in Self.services {
            expected += "\n" + (try await RunningProcess(service, ["--settings-markdown"]).outcome().output)
        }
        #expect(try generatedPart() == expected, "run make docs")
    }
}
