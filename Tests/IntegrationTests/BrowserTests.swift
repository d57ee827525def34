import Foundation
import TestStack
import Testing

extension IntegrationTests {
    /// The demo in a real browser: two windows on two edges.
    @Suite(.serialized) struct Browser {
        @Test func theStoryOfTheDemoHolds() async throws {
            let browser = "chromium chromium-driver"
            _ = try Programs.installed("chromium", package: browser)
            _ = try Programs.installed("chromedriver", package: browser)
            let python = try Programs.installed("python3", package: "python3")
            let gateway = try FreePort.next()
            let stack = try await Stack.start(
                Stack.Plan { $0.environments["ws-edge"] = ["ALLOWED_ORIGINS": "http://127.0.0.1:\(gateway)"] })
            let proxy = try await Gateway.start(stack, port: gateway)
            let package = Programs.packageFolder
            var launch = ChildProcess.Launch(
                python,
                ["\(package)/Tests/Browser/run.py", "--gateway", "http://127.0.0.1:\(gateway)", "--only", "story"])
            launch.folder = package
            let result = try await ChildProcess.run("browser", launch, within: .seconds(240))
            let logs = await stack.tails()
            #expect(result.code == 0, "\(result.output)\n\(logs)")
            try await proxy.end()
            try await stack.stop()
        }
    }
}
