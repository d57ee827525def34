import TestStack
import Testing

extension IntegrationTests {
    /// Reading back over REST what was sent.
    @Suite(.serialized, .stack) struct Reading {
        /// Sends `count` messages from one new user to another and waits until history has them.
        private func talk(_ count: Int) async throws -> (
            alice: String, bob: String, conversation: String, ids: [String]
        ) {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let one = try await stack.connect(alice, edge: 0)
            var ids: [String] = []
            for number in 1...count {
                ids.append(try #require(try await one.send("user:\(bob)", .string("\(number)")).id))
            }
            try await one.close()
            let conversation = "dm:" + [alice, bob].sorted().joined(separator: ":")
            try await eventually("history has them") {
                let answer = try await stack.call(
                    "GET", stack.history, "/v1/conversations/\(conversation)/messages/\(ids[count - 1])", as: bob)
                return answer.status == 200
            }
            return (alice, bob, conversation, ids)
        }

        @Test func pagesGoForwardAndBackwardById() async throws {
            let stack = try theStack()
            let (_, bob, conversation, ids) = try await talk(25)
            let path = "/v1/conversations/\(conversation)/messages"
            #expect(try await stack.history(conversation, as: bob, page: 10).map { $0["id"]?.string } == ids)

            var backward: [String] = []
            var before: String?
            repeat {
                let query = "?limit=10" + (before.map { "&before=\($0)" } ?? "")
                let page = try await stack.call("GET", stack.history, path + query, as: bob).json()
                backward += page["messages"]?.array?.compactMap { $0["id"]?.string } ?? []
                before = page["next"]?.string
            } while before != nil
            #expect(backward == ids.reversed())
        }

        @Test func oneMessageCanBeFetched() async throws {
            let stack = try theStack()
            let (alice, bob, conversation, ids) = try await talk(1)
            let answer = try await stack.call(
                "GET", stack.history, "/v1/conversations/\(conversation)/messages/\(ids[0])", as: bob)
            let message = try answer.json()
            #expect(message["id"]?.string == ids[0])
            #expect(message["conversation"]?.string == conversation)
            #expect(message["from"]?.string == alice)
            #expect(message["data"] == "1")
            #expect(message["at"]?.integer == Int(ids[0].prefix { $0 != "-" }))
        }

        @Test func onlyMembersRead() async throws {
            let stack = try theStack()
            let (_, _, conversation, ids) = try await talk(1)
            let path = "/v1/conversations/\(conversation)/messages"
            let stranger = fresh("eve")
            for path in [path, "\(path)/\(ids[0])", "/v1/conversations/\(conversation)/receipts"] {
                let answer = try await stack.call("GET", stack.history, path, as: stranger)
                #expect(answer.status == 403 || answer.status == 404, "\(path)")
                #expect(answer.header("content-type")?.hasPrefix("application/problem+json") == true)
            }
        }

        @Test func conversationsShowTheLastMessageAndWhatIsUnread() async throws {
            let stack = try theStack()
            let (alice, bob, conversation, ids) = try await talk(3)
            let two = try await stack.connect(bob, edge: 1)
            #expect(try await unread(conversation, of: bob) == 3)
            #expect(try await unread(conversation, of: alice) == 0)
            try await two.send(["type": "read", "conversation": .string(conversation), "id": .string(ids[1])])
            try await eventually("one is unread") { try await unread(conversation, of: bob) == 1 }
            // A mark never goes back.
            try await two.send(["type": "read", "conversation": .string(conversation), "id": .string(ids[0])])
            try await two.send(["type": "read", "conversation": .string(conversation), "id": .string(ids[2])])
            try await eventually("none is unread") { try await unread(conversation, of: bob) == 0 }
            let receipts = try await stack.call(
                "GET", stack.history, "/v1/conversations/\(conversation)/receipts", as: alice)
            #expect(receipts.status == 200)
            #expect(receipts.text.contains(bob))
            #expect(receipts.text.contains(ids[2]))
        }

        private func unread(_ conversation: String, of user: String) async throws -> Int? {
            let stack = try theStack()
            let answer = try await stack.call("GET", stack.history, "/v1/conversations", as: user)
            #expect(answer.status == 200)
            let all = try answer.json()["conversations"]?.array ?? []
            return all.first { entry in
                entry["conversation"]?.string == conversation || entry["id"]?.string == conversation
            }?["unread"]?.integer
        }

        @Test func aMemberReadsWhatWasSaidFromJoiningToLeaving() async throws {
            let stack = try theStack()
            let (alice, bob, group) = (fresh("alice"), fresh("bob"), fresh("group"))
            try await stack.makeGroup(group, members: [alice])
            let one = try await stack.connect(alice, edge: 0)
            try await one.send("group:\(group)", "alone")
            let path = "/v1/conversations/group:\(group)/messages"
            let added = try await stack.call("PUT", stack.router, "/v1/groups/\(group)/members/\(bob)", as: alice)
            #expect((200..<300).contains(added.status))
            try await eventually("bob may read") {
                try await stack.call("GET", stack.history, path, as: bob).status == 200
            }
            try await one.send("group:\(group)", "together")
            let two = try await stack.connect(bob, edge: 1, cursor: "0")
            try await two.message("together")
            #expect(two.messages.allSatisfy { $0.text != "alone" })
            let removed = try await stack.call("DELETE", stack.router, "/v1/groups/\(group)/members/\(bob)", as: alice)
            #expect((200..<300).contains(removed.status))
            try await one.send("group:\(group)", "alone again")
            try await one.send("user:\(bob)", "mark")
            try await two.message("mark")
            #expect(two.messages.allSatisfy { $0.text != "alone again" })
            try await eventually("all three are stored") {
                try await stack.history("group:\(group)", as: alice).count == 3
            }
            // Who has left still reads what was said while a member, and nothing from before or after.
            let read = try await stack.history("group:\(group)", as: bob)
            #expect(read.map { $0["data"]?.string } == ["together"])
        }
    }
}
