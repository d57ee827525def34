import STOMP
import Testing

@Suite struct VersionTests {
    @Test func theHighestVersionInCommonIsSpoken() {
        #expect(STOMPVersion.negotiate(accepted: "1.0,1.1,1.2") == .v12)
        #expect(STOMPVersion.negotiate(accepted: "1.0, 1.1 ,2.0") == .v11)
        #expect(STOMPVersion.negotiate(accepted: "1.0") == .v10)
        #expect(STOMPVersion.negotiate(accepted: "2.1") == nil)
        #expect(STOMPVersion.negotiate(accepted: "") == nil)
    }

    @Test func withoutAListItIs10() {
        #expect(STOMPVersion.negotiate(accepted: nil) == .v10)
        #expect(STOMPVersion.negotiate(accepted: nil, subprotocol: .v12) == .v10)
    }

    @Test func theSubprotocolsVersionIsSpokenWhenTheClientListsIt() {
        #expect(STOMPVersion.negotiate(accepted: "1.0,1.1,1.2", subprotocol: .v11) == .v11)
        #expect(STOMPVersion.negotiate(accepted: "1.0,1.1", subprotocol: .v12) == .v11)
    }

    @Test func theHighestSubprotocolIsAnswered() {
        #expect(STOMPVersion.highest(ofSubprotocols: ["v10.stomp", "v12.stomp", "v11.stomp", "mqtt"]) == .v12)
        #expect(STOMPVersion.highest(ofSubprotocols: ["stomp", "V12.STOMP"]) == nil)
        #expect(STOMPVersion(subprotocol: "v11.stomp")?.subprotocol == "v11.stomp")
    }
}
