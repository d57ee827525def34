import Messaging
import Testing

@Suite struct DestinationTests {
    @Test(arguments: ["user:bob", "group:team", "topic:news", "all"])
    func whatIsReadIsWrittenTheSame(_ text: String) {
        #expect(Destination(text)?.description == text)
        #expect(Destination(utf8: Array(text.utf8).span)?.description == text)
    }

    @Test(arguments: ["", "bob", "user:", "user", "user:a:b", "user:a/b", "All", "all:", "dm:a:b", "group:a b", ":bob"])
    func anythingElseIsNoDestination(_ text: String) {
        #expect(Destination(text) == nil)
        #expect(Destination(utf8: Array(text.utf8).span) == nil)
    }

    @Test func anIDIsOfOneTo128OfItsAlphabet() {
        for id in ["a", "A.z_0@-9", String(repeating: "x", count: 128)] {
            #expect(Destination(utf8: Array("user:\(id)".utf8).span) == .user(id))
        }
        for id in [String(repeating: "x", count: 129), "é", "\u{0}", "\u{ff}x", "a\"b"] {
            #expect(Destination(utf8: Array("user:\(id)".utf8).span) == nil)
        }
    }

    @Test func aMessageToAUserBelongsToTheConversationOfTheTwo() {
        #expect(Destination.user("alice").conversation(from: "bob") == .direct("alice", "bob"))
        #expect(Destination.group("g").conversation(from: "bob") == .group("g"))
        #expect(Destination.topic("t").conversation(from: "bob") == .topic("t"))
        #expect(Destination.all.conversation(from: "bob") == .topic("all"))
    }
}
