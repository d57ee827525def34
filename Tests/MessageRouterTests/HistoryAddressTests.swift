import ServiceRuntime
import Testing

@testable import MessageRouter

@Suite struct HistoryAddressTests {
    @Test func hostPortAndPathAreRead() throws {
        let address = try #require(HistoryAddress("http://history:9104"))
        #expect(address.host == "history" && address.port == 9104 && address.path == "")
        let other = try #require(HistoryAddress("http://[::1]/behind/"))
        #expect(other.host == "::1" && other.port == 80 && other.path == "/behind")
    }

    @Test(arguments: ["", "history:9104", "https://history", "http://", "http://u@history", "http://h:0", "http://h?a"])
    func whatIsNoneIsRefused(_ url: String) {
        #expect(HistoryAddress(url) == nil)
    }

    @Test func aBadOneIsNamedWithTheRemedy() throws {
        let settings = try Settings(
            declared: MessageRouterConfiguration.settings, arguments: ["--history-url", "http://a:1, history"],
            environment: [:])
        let error = #expect(throws: SettingsError.self) { try MessageRouterConfiguration(settings) }
        #expect(
            error?.description.contains("HISTORY_URL") == true && error?.description.contains("\"history\"") == true)
    }

    @Test func whoIsNotThereIsSaidToBeOutOfReach() async throws {
        let client = HistoryClient(address: try #require(HistoryAddress("http://127.0.0.1:1")))
        let error = await #expect(throws: HistoryClient.Failure.self) { try await client.canaries() }
        #expect(error?.description == "cannot be reached")
    }
}
