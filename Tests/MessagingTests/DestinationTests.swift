import Messaging
import Testing

@Suite struct DestinationTests {
    @Test(arguments: ["user:bob", "group:team", "topic:news", "all"])
    func whatIsReadIsWrittenTheSame(_ text: String) {
        #expect(Destination(text)?.description == text)
    }

    @Test(arguments: ["", "bob", "user:", "user", "user:a:b", "user:a/b", "All", "all:", "dm:a:b", "group:a b", ":bob"])
    func anythingElseIsNoDestination(_ text: String) {
        #expect(Destination(text) == nil)
    }

    @Test func aMessageToAUserBelongsToTheConversationOfTheTwo() {
        #expect(Destination.user("alice").conversation(from: "bob") == .direct("alice", "bob"))
        #expect(Destination.group("g").conversation(from: "bob") == .group("g"))
        #expect(Destination.topic("t").conversation(from: "bob") == .topic("t"))
        #expect(Destination.all.conversation(from: "bob") == .topic("all"))
    }
}
