import TestStack
import Testing

extension IntegrationTests {
    /// Groups of a dozen that are large already, over two edges.
    @Suite(
        .serialized,
        .stack {
            $0.environments["message-router"] = ["LARGE_GROUP": "10"]
            $0.environments["ws-edge"] = ["RATE": "2000", "BURST": "5000"]
        })
    struct LargeGroupSizes {
        private func texts(_ messages: [ServerMessage]) -> [String] { messages.map { $0.text ?? "" } }

        private func texts(_ messages: [JSONValue]) -> [String] { messages.compactMap { $0["data"]?.string } }

        @Test func membersOfALargeGroupOfTwelveGetEveryMessageOnceAndInOrder() async throws {
            let stack = try theStack()
            let group = fresh("dozen")
            let conversation = "group:\(group)"
            let users = (0..<12).map { fresh("member\($0)") }
            try await stack.makeGroup(group, members: users)
            var clients: [SessionClient] = []
            for (place, user) in users.enumerated() {
                clients.append(try await stack.connect(user, edge: place % 2))
            }
            // One on each edge speaks, in turns, and one goes away.
            let (one, two, away) = (clients[0], clients[1], clients.removeLast())
            try await one.send(conversation, "first")
            try await away.message("first")
            try await away.close()
            var expected = ["first"]
            for number in 0..<40 {
                let text = "\(number)"
                try await (number.isMultiple(of: 2) ? one : two).send(conversation, .string(text))
                expected.append(text)
            }
            let said = Set(expected.indices.filter { $0 == 0 || !$0.isMultiple(of: 2) }.map { expected[$0] })
            for client in clients {
                // A device does not get back what it sent itself.
                let others = expected.filter {
                    client === one ? !said.contains($0) : client === two ? said.contains($0) : true
                }
                try await client.message(others[others.count - 1], within: .seconds(60))
                let got = client.messages(in: conversation)
                #expect(texts(got) == others, "\(client.user)")
                #expect(got.allSatisfy { $0.cursor == nil })
                #expect(client.frames.allSatisfy { $0.type != "gap" })
            }
            // The group has one entry for each message, and its members' inboxes have none.
            #expect(try await stack.redis.cli("XLEN", "sb:{g:\(group)}:log") == "\(expected.count)")
            for user in users { #expect(try await stack.redis.cli("XLEN", "sb:{u:\(user)}:inbox") == "0") }

            // Who was away is told of a gap, finds what was said in history, and hears what comes.
            let back = try await stack.connect(users[11], edge: 0)
            let gap = try await back.frame("a gap of the group") { $0.type == "gap" && $0.conversation == conversation }
            #expect(gap.after != nil)
            try await eventually("history has all") {
                try await texts(stack.history(conversation, as: users[11])) == expected
            }
            try await one.send(conversation, "live")
            try await back.message("live")
            #expect(texts(back.messages(in: conversation)) == ["live"])
        }

        @Test func aGroupTurnsAtTheEleventhMemberAndBackAtTheEighth() async throws {
            let stack = try theStack()
            let group = fresh("dozen")
            let conversation = "group:\(group)"
            let users = (0..<11).map { fresh("member\($0)") }
            try await stack.makeGroup(group, members: Array(users.prefix(10)))
            let one = try await stack.connect(users[0], edge: 0)
            let two = try await stack.connect(users[1], edge: 1)
            let three = try await stack.connect(users[2], edge: 0)

            func change(_ method: String, _ user: String) async throws {
                let answer = try await stack.call(
                    method, stack.router, "/v1/groups/\(group)/members/\(user)", as: users[0])
                #expect(answer.status == 204, "\(answer.text)")
            }
            /// Says something, and whether it comes by the inbox.
            func say(_ text: String, byInbox: Bool) async throws {
                try await one.send(conversation, .string(text))
                for client in [two, three] {
                    let message = try await client.message(text, within: .seconds(60))
                    #expect((message.cursor != nil) == byInbox, "\(text)")
                }
            }
            try await say("ten", byInbox: true)
            try await change("PUT", users[10])
            try await say("eleven", byInbox: false)
            try await change("DELETE", users[10])
            try await change("DELETE", users[9])
            try await say("nine", byInbox: false)
            try await change("DELETE", users[8])
            try await say("eight", byInbox: true)
            for client in [two, three] {
                #expect(texts(client.messages(in: conversation)) == ["ten", "eleven", "nine", "eight"])
                #expect(client.frames.allSatisfy { $0.type != "gap" })
            }
            try await eventually("history has all") {
                try await texts(stack.history(conversation, as: users[0])) == ["ten", "eleven", "nine", "eight"]
            }
        }
    }
}
