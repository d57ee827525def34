import STOMP
import TestStack
import Testing

extension IntegrationTests {
    /// Sessions over STOMP beside others, on two edges.
    @Suite(.serialized, .stack { $0.environments["ws-edge"] = ["STOMP_UNACKNOWLEDGED": "20"] }) struct STOMPSessions {
        @Test func bothProtocolsSayTheSame() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let one = try await stack.connect(alice, edge: 0)
            let two = try await STOMPClient.connect(stack, bob, edge: 1)
            try await two.listen(ack: "auto")
            let accepted = try await one.send("user:\(bob)", "hello")
            let message = try await two.message("hello")
            #expect(message.headers["message-id"] == accepted.id)
            #expect(message.headers["conversation"] == accepted.conversation)
            #expect(message.headers["from"] == alice)
            try await two.send(.send, ["destination": "/user/\(alice)", "receipt": "r", "n": "1"], "hello yourself")
            let receipt = try await two.receipt("r")
            #expect(try await one.message("hello yourself").id == receipt.headers["message-id"])
            // A repeat is one message, and says so.
            try await two.send(.send, ["destination": "/user/\(alice)", "receipt": "s", "n": "1"], "hello yourself")
            let again = try await two.receipt("s")
            #expect(again.headers["message-id"] == receipt.headers["message-id"])
            #expect(again.headers["duplicate"] == "true")
        }

        @Test func whatIsNotAcknowledgedComesAgainOnAnotherEdge() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let one = try await stack.connect(alice, edge: 0)
            var two = try await STOMPClient.connect(stack, bob, edge: 0)
            try await two.listen(ack: "client-individual")
            for text in ["a", "b", "c"] { try await one.send("user:\(bob)", .string(text)) }
            let (a, _, c) = (try await two.message("a"), try await two.message("b"), try await two.message("c"))
            for frame in [c, a] {
                try await two.send(.ack, ["id": frame.headers["ack"] ?? "", "receipt": "k"])
                try await two.receipt("k")
            }
            await two.socket.drop()
            try await one.send("user:\(bob)", "d")
            two = try await STOMPClient.connect(stack, bob, edge: 1)
            try await two.listen(ack: "client")
            let last = try await two.message("d")
            #expect(two.messages == ["b", "c", "d"])
            try await two.send(.ack, ["id": last.headers["ack"] ?? ""])
            try await two.send(.disconnect, ["receipt": "bye"])
            try await two.receipt("bye")
            #expect(try await two.socket.closeCode() == 1000)
            two = try await STOMPClient.connect(stack, bob, edge: 0)
            try await two.listen(ack: "client")
            try await one.send("user:\(bob)", "mark")
            _ = try await two.message("mark")
            #expect(two.messages == ["mark"])
            // A place is named as in JSON.
            let named = try await STOMPClient.connect(stack, bob, edge: 1, device: "other", cursor: "0")
            try await named.listen(ack: "auto")
            _ = try await named.message("mark")
        }

        @Test func nothingIsSentBeforeItIsSubscribedToAndNothingIsLostThen() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let one = try await stack.connect(alice, edge: 0)
            let two = try await STOMPClient.connect(stack, bob, edge: 1)
            let three = try await stack.connect(bob, edge: 1)
            for text in ["a", "b", "c"] { try await one.send("user:\(bob)", .string(text)) }
            // The other device of bob's, on the same edge, has had them all.
            try await three.message("c")
            #expect(two.messages.isEmpty)
            try await two.listen(ack: "auto")
            _ = try await two.message("c")
            #expect(two.messages == ["a", "b", "c"])
        }

        @Test func atMostSoManyAreUnacknowledged() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let one = try await stack.connect(alice, edge: 0)
            let two = try await STOMPClient.connect(stack, bob, edge: 1)
            try await two.listen(ack: "client")
            for number in 0..<30 { try await one.send("user:\(bob)", .string("\(number)")) }
            let last = try await two.message("19")
            // What is on its way has come when this is answered.
            try await two.send(.begin, ["transaction": "t", "receipt": "fence"])
            try await two.receipt("fence")
            #expect(two.messages.count == 20)
            try await two.send(.ack, ["id": last.headers["ack"] ?? ""])
            _ = try await two.message("29")
            #expect(two.messages == (0..<30).map(String.init))
        }

        @Test func whoseEdgeGoesAwayIsToldWhereToGo() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let edge = try await stack.add(.edge)
            let place = try #require(stack.edges.firstIndex { $0 === edge })
            let one = try await stack.connect(alice, edge: 0)
            var two = try await STOMPClient.connect(stack, bob, edge: place)
            try await two.listen(ack: "client")
            try await one.send("user:\(bob)", "unacknowledged")
            _ = try await two.message("unacknowledged")
            async let stopped = stack.remove(edge)
            let error = try await two.frame("the end", within: .seconds(60)) { $0.command == .error }
            #expect(error.headers["code"] == "moved")
            #expect(try await two.socket.closeCode() == 4000)
            #expect(try await stopped == 0)
            two = try await STOMPClient.connect(stack, bob, edge: 1)
            try await two.listen(ack: "client")
            _ = try await two.message("unacknowledged")
        }
    }
}
