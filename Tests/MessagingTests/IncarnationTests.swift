import Messaging
import Testing

@Suite struct IncarnationTests {
    @Test func whatIsReadIsWrittenTheSame() {
        #expect(Incarnation("edge-1:k3x9q2")?.description == "edge-1:k3x9q2")
        #expect(Incarnation("edge-1:k3x9q2")?.edge == "edge-1")
    }

    @Test(arguments: ["", "edge-1", "edge-1:", ":boot", "a:b:c", "a b:c"])
    func anythingElseIsNoIncarnation(_ text: String) {
        #expect(Incarnation(text) == nil)
    }

    @Test func everyLifeIsNew() throws {
        let lives = (0..<100).map { _ in Incarnation.new(edge: "edge-1") }
        #expect(Set(lives).count == 100)
        #expect(lives.allSatisfy { Incarnation($0.description) == $0 })
    }
}
