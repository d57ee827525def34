import Messaging
import Testing

@Suite struct ConversationTests {
    @Test func aDirectConversationIsTheSameFromBothSides() {
        #expect(Conversation.direct("bob", "alice") == Conversation.direct("alice", "bob"))
        #expect(Conversation.direct("bob", "alice").description == "dm:alice:bob")
    }

    @Test func usersAreSortedBytewiseAndNotByLanguage() {
        #expect(Conversation.direct("alice", "Bob").description == "dm:Bob:alice")
        #expect(Conversation.direct("a_", "aZ").description == "dm:aZ:a_")
        #expect(Conversation.direct("a", "a-").description == "dm:a:a-")
    }

    @Test(arguments: ["dm:alice:bob", "dm:a:a", "group:team", "topic:news.eu"])
    func whatIsReadIsWrittenTheSame(_ text: String) {
        #expect(Conversation(text)?.description == text)
    }

    @Test(arguments: [
        "", "dm", "dm:", "dm:alice", "dm:bob:alice", "dm:alice:bob:carol", "dm::bob", "dm:alice:", "dm:a b:c", "group",
        "group:", "group:a:b", "group:a b", "topic:", "topic:é", "user:alice", "all", "DM:a:b", " dm:a:b", "dm:a:b ",
    ])
    func anythingElseIsNoConversation(_ text: String) {
        #expect(Conversation(text) == nil)
    }

    @Test func theUsersOfADirectConversationAreGivenOnceEach() {
        #expect(Conversation.direct("bob", "alice").directUsers == ["alice", "bob"])
        #expect(Conversation.direct("me", "me").directUsers == ["me"])
        #expect(Conversation.group("g").directUsers == nil)
        #expect(Conversation.topic("t").directUsers == nil)
    }

    @Test func onlyGroupsHaveAGroupId() {
        #expect(Conversation.group("g").groupID == "g")
        #expect(Conversation.topic("g").groupID == nil)
        #expect(Conversation.direct("a", "b").groupID == nil)
    }
}
