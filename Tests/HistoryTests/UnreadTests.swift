import Messaging
import TestStack
import Testing

/// What is unread, as a real history answers it: counted from what is stored, and never a number that is kept.
@Suite struct UnreadTests {
    /// What the list says of a conversation; nil when it is not in it.
    private func unread(_ conversation: String, of user: String) async throws -> (unread: Int, more: Bool)? {
        let bench = try await HistoryBench.shared.value
        let answer = try await bench.get("/v1/conversations?limit=200", as: user)
        #expect(answer.status == 200)
        let all = try answer.json()["conversations"]?.array ?? []
        guard let entry = all.first(where: { $0["conversation"]?.string == conversation }) else { return nil }
        return (entry["unread"]?.integer ?? -1, entry["more"]?.bool == true)
    }

    private func expect(
        _ conversation: String, of user: String, unread: Int, more: Bool = false,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try #require(try await self.unread(conversation, of: user), sourceLocation: sourceLocation)
        #expect(found == (unread, more), sourceLocation: sourceLocation)
    }

    /// Messages by these users in turn, in one go.
    private func say(_ conversation: String, by users: [String], _ count: Int) async throws -> [MessageID] {
        let bench = try await HistoryBench.shared.value
        let ids = try await bench.append(
            (0..<count).map { number in
                LogEntry(
                    kind: .message, conversation: Conversation(conversation)!, from: users[number % users.count],
                    device: "phone", n: 0, data: Array("\(number)".utf8))
            })
        try await bench.settle()
        return ids
    }

    private func mark(_ conversation: String, by user: String, _ id: MessageID) async throws {
        let bench = try await HistoryBench.shared.value
        try await bench.append(.read, conversation, from: user, data: "\(id)")
        try await bench.settle()
    }

    @Test func upToNineHundredAndNinetyNineIsToldExactlyAndThenThatThereAreMore() async throws {
        let conversation = "dm:unread-a:unread-b"
        var ids = try await say(conversation, by: ["unread-a"], 999)
        try await expect(conversation, of: "unread-b", unread: 999)
        ids += try await say(conversation, by: ["unread-a"], 1)
        try await expect(conversation, of: "unread-b", unread: 999, more: true)
        ids += try await say(conversation, by: ["unread-a"], 1500)
        try await expect(conversation, of: "unread-b", unread: 999, more: true)
        // As soon as there are no more of them, the number is exact again.
        try await mark(conversation, by: "unread-b", ids[1499])
        try await expect(conversation, of: "unread-b", unread: 999, more: true)
        try await mark(conversation, by: "unread-b", ids[1500])
        try await expect(conversation, of: "unread-b", unread: 999)
        try await mark(conversation, by: "unread-b", ids[2495])
        try await expect(conversation, of: "unread-b", unread: 4)
        try await mark(conversation, by: "unread-b", ids[2499])
        try await expect(conversation, of: "unread-b", unread: 0)
        // Who has said it all has nothing to read: whether there is more was not looked for to the end.
        try await expect(conversation, of: "unread-a", unread: 0, more: true)
    }

    @Test func whatOneHasWrittenOneselfIsNeverUnread() async throws {
        let conversation = "dm:own-a:own-b"
        let ids = try await say(conversation, by: ["own-a", "own-b", "own-b"], 30)
        try await expect(conversation, of: "own-a", unread: 20)
        try await expect(conversation, of: "own-b", unread: 10)
        // From a mark in the middle.
        try await mark(conversation, by: "own-a", ids[14])
        try await expect(conversation, of: "own-a", unread: 10)
        let alone = "dm:own-a:own-a"
        _ = try await say(alone, by: ["own-a"], 3)
        try await expect(alone, of: "own-a", unread: 0)
    }

    @Test func marksGrowWhateverComesAndInWhateverOrder() async throws {
        let bench = try await HistoryBench.shared.value
        let conversation = "dm:grow-a:grow-b"
        let ids = try await say(conversation, by: ["grow-a"], 10)
        for (place, left) in [(4, 5), (2, 5), (0, 5), (7, 2), (6, 2), (9, 0), (1, 0)] {
            try await mark(conversation, by: "grow-b", ids[place])
            try await expect(conversation, of: "grow-b", unread: left)
        }
        let receipts = try await bench.get("/v1/conversations/\(conversation)/receipts", as: "grow-a").json()
        let mine = receipts["receipts"]?.array?.first { $0["user"]?.string == "grow-b" }
        #expect(mine?["id"]?.string == "\(ids[9])")
        // What is said after it is unread, though the client has marked what was not there yet.
        try await mark(conversation, by: "grow-b", MessageID(milliseconds: 99_999_999_999_999, sequence: 0))
        _ = try await say(conversation, by: ["grow-a"], 1)
        try await expect(conversation, of: "grow-b", unread: 1)
    }

    @Test func aDeletedMessageStaysUnreadInItsPlaceAndAnEditedOneIsNotUnreadAgain() async throws {
        let bench = try await HistoryBench.shared.value
        let conversation = "dm:gone-a:gone-b"
        let ids = try await say(conversation, by: ["gone-a"], 4)
        try await mark(conversation, by: "gone-b", ids[1])
        try await expect(conversation, of: "gone-b", unread: 2)
        func change(_ method: String, _ id: MessageID, body: String? = nil) async throws {
            let path = "/v1/conversations/\(conversation)/messages/\(id)"
            let answer = try await bench.request(method, path, as: "gone-a", body: body)
            #expect((200..<300).contains(answer.status), "\(answer.text)")
            try await bench.settle()
        }
        try await change("DELETE", ids[2])
        try await change("DELETE", ids[0])
        try await change("PATCH", ids[1], body: #"{"data":"new"}"#)
        try await expect(conversation, of: "gone-b", unread: 2)
        try await mark(conversation, by: "gone-b", ids[2])
        try await expect(conversation, of: "gone-b", unread: 1)
    }

    @Test func whoHasLeftHasNoCountAndWhoComesBackCountsFromThen() async throws {
        let bench = try await HistoryBench.shared.value
        func members(_ operation: String, _ members: String) async throws {
            try await bench.append(
                .member, "group:former", from: "former-a",
                data: #"{"operation":"\#(operation)","members":[\#(members)]}"#)
        }
        try await members("replace", #""former-a","former-b""#)
        let first = try await say("group:former", by: ["former-a"], 5)
        try await expect("group:former", of: "former-b", unread: 5)
        try await mark("group:former", by: "former-b", first[1])
        try await expect("group:former", of: "former-b", unread: 3)
        try await members("remove", #""former-b""#)
        let meanwhile = try await say("group:former", by: ["former-a"], 7)
        #expect(try await unread("group:former", of: "former-b") == nil)
        // Outside, one marks nothing.
        try await mark("group:former", by: "former-b", meanwhile[6])
        let receipts = try await bench.get("/v1/conversations/group:former/receipts", as: "former-a").json()
        let left = receipts["receipts"]?.array?.first { $0["user"]?.string == "former-b" }
        #expect(left?["id"]?.string == "\(first[1])")
        try await members("add", #""former-b""#)
        try await bench.settle()
        // Neither what was said meanwhile nor what was left unread when leaving.
        try await expect("group:former", of: "former-b", unread: 0)
        _ = try await say("group:former", by: ["former-a", "former-b"], 6)
        try await expect("group:former", of: "former-b", unread: 3)
        try await expect("group:former", of: "former-a", unread: 3)
    }
}
