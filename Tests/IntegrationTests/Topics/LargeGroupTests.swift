import Synchronization
import TestStack
import Testing

extension IntegrationTests {
    /// A group that becomes large and small again, over two edges.
    @Suite(.serialized, .stack { $0.environments["ws-edge"] = ["RATE": "2000", "BURST": "5000"] })
    struct LargeGroups {
        private func texts(_ messages: [ServerMessage]) -> [String] { messages.map { $0.text ?? "" } }

        /// Gives the group exactly these members, and waits until it has them.
        private func change(_ stack: Stack, _ group: String, _ members: [String], by user: String) async throws {
            try await stack.makeGroup(group, members: members, by: user)
            try await eventually("\(members.count) members", within: .seconds(60)) {
                try await stack.redis.cli("SCARD", "sb:{g:\(group)}:members") == "\(members.count)"
            }
        }

        @Test func messagesGoOnInOrderWhileItTurnsAndTurnsBack() async throws {
            let stack = try theStack()
            let group = fresh("crowd")
            let conversation = "group:\(group)"
            let (alice, bob, carol, dave) = (fresh("alice"), fresh("bob"), fresh("carol"), fresh("dave"))
            let few = [alice, bob, carol, dave] + (0..<100).map { "filler-\($0)" }
            let many = [alice, bob, carol, dave] + (0..<1496).map { "filler-\($0)" }
            try await change(stack, group, few, by: alice)
            let one = try await stack.connect(alice, edge: 0)
            let two = try await stack.connect(bob, edge: 1)
            let three = try await stack.connect(carol, edge: 0)
            let away = try await stack.connect(dave, edge: 1)
            try await one.send(conversation, "first")
            try await away.message("first")
            try await away.close()

            let isOver = Mutex(false)
            async let talk: Int = {
                var count = 0
                while !isOver.withLock({ $0 }) {
                    try await one.send(conversation, .string("\(count)"))
                    count += 1
                }
                return count
            }()
            try await two.message("20")
            try await change(stack, group, many, by: alice)
            for client in [two, three] {
                try await client.frame("a message without a cursor", within: .seconds(60)) {
                    $0.type == "message" && $0.cursor == nil
                }
            }
            try await change(stack, group, few, by: alice)
            try await one.send(conversation, "mark")
            try await two.message("mark", within: .seconds(60))
            isOver.withLock { $0 = true }
            let count = try await talk
            let expected = ["first"] + (0..<count).map(String.init)
            for client in [two, three] {
                try await eventually("all for \(client.user)") {
                    client.messages(in: conversation).count > expected.count
                }
                let gaps = client.frames.filter { $0.type == "gap" }
                let got = texts(client.messages(in: conversation))
                #expect(got.filter { $0 != "mark" } == expected, "\(gaps)")
                #expect(got.count == expected.count + 1)
                #expect(gaps.isEmpty)
            }
            // Some of it came by the inbox, and some by the group's log.
            let ways = Set(two.messages(in: conversation).map { $0.cursor == nil })
            #expect(ways == [true, false])

            // Who was away is told of a gap, which history fills.
            let back = try await stack.connect(dave, edge: 0)
            let gap = try await back.frame("a gap of the group") { $0.type == "gap" && $0.conversation == conversation }
            #expect(gap.after != nil)
            try await eventually("history has all") {
                try await texts(of: stack.history(conversation, as: dave)).filter { $0 != "mark" } == expected
            }
        }

        private func texts(of messages: [JSONValue]) -> [String] { messages.compactMap { $0["data"]?.string } }

        @Test func whoIsRemovedFromALargeGroupHearsNothingAfterAndWhoComesHearsIt() async throws {
            let stack = try theStack()
            let group = fresh("crowd")
            let conversation = "group:\(group)"
            let (alice, bob, carol) = (fresh("alice"), fresh("bob"), fresh("carol"))
            try await change(stack, group, [alice, bob] + (0..<1498).map { "filler-\($0)" }, by: alice)
            let one = try await stack.connect(alice, edge: 0)
            let two = try await stack.connect(bob, edge: 1)
            let three = try await stack.connect(carol, edge: 1)
            for number in 0..<20 { try await one.send(conversation, .string("a\(number)")) }
            try await two.message("a19")
            #expect(texts(two.messages(in: conversation)) == (0..<20).map { "a\($0)" })

            let path = "/v1/groups/\(group)/members/"
            _ = try await stack.call("DELETE", stack.router, path + bob, as: alice)
            for number in 0..<20 { try await one.send(conversation, .string("b\(number)")) }
            _ = try await stack.call("PUT", stack.router, path + carol, as: alice)
            for number in 0..<20 { try await one.send(conversation, .string("c\(number)")) }
            try await three.message("c19")
            #expect(texts(three.messages(in: conversation)) == (0..<20).map { "c\($0)" })
            _ = try await stack.call("PUT", stack.router, path + bob, as: alice)
            try await one.send(conversation, "d")
            try await two.message("d")
            #expect(texts(two.messages(in: conversation)) == (0..<20).map { "a\($0)" } + ["d"])
            let refused = await #expect(throws: TestStackError.self) {
                try await stack.connect(fresh("eve"), edge: 0).send(conversation, "x")
            }
            #expect("\(refused.map(String.init(describing:)) ?? "")".contains("forbidden"))

            // A device that comes back hears what is said from now on, and is told that there was something.
            try await two.close()
            try await one.send(conversation, "missed")
            try await three.message("missed")
            let back = try await stack.connect(bob, edge: 0)
            try await back.frame("a gap of the group") { $0.type == "gap" && $0.conversation == conversation }
            try await one.send(conversation, "live")
            try await back.message("live")
            #expect(texts(back.messages(in: conversation)) == ["live"])
        }

        @Test func whoIsRemovedAndTakenInAgainWhileAwayIsToldOfWhatWasSaidBefore() async throws {
            let stack = try theStack()
            let group = fresh("crowd")
            let conversation = "group:\(group)"
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            try await change(stack, group, [alice, bob] + (0..<1498).map { "filler-\($0)" }, by: alice)
            let one = try await stack.connect(alice, edge: 0)
            let two = try await stack.connect(bob, edge: 1)
            try await one.send(conversation, "heard")
            try await two.message("heard")
            try await two.close()
            try await one.send(conversation, "missed")
            let path = "/v1/groups/\(group)/members/\(bob)"
            _ = try await stack.call("DELETE", stack.router, path, as: alice)
            try await one.send(conversation, "for others")
            _ = try await stack.call("PUT", stack.router, path, as: alice)

            let back = try await stack.connect(bob, edge: 0)
            let gap = try await back.frame("a gap of the group") { $0.type == "gap" && $0.conversation == conversation }
            let after = try #require(gap.after)
            try await eventually("history has what was missed") {
                let answer = try await stack.call(
                    "GET", stack.history, "/v1/conversations/\(conversation)/messages?limit=200&after=\(after)", as: bob
                )
                return try texts(of: answer.json()["messages"]?.array ?? []) == ["heard", "missed"]
            }
        }
    }
}
