import STOMP
import TestStack
import Testing

extension IntegrationTests {
    /// Sessions without a token, and tokens that run out, over STOMP.
    @Suite(.serialized, .stack { $0.environments["ws-edge"] = ["ANONYMOUS": "true"] }) struct STOMPTokens {
        /// The keys that have a name in them, with the seconds that they still have: -1 for good.
        private func keys(of user: String) async throws -> [String: Int] {
            let stack = try theStack()
            let script = """
                local found = {}
                for _, key in ipairs(redis.call('KEYS', '*' .. ARGV[1] .. '*')) do
                  found[#found + 1] = key .. ' ' .. redis.call('TTL', key)
                end
                return table.concat(found, ',')
                """
            let text = try await stack.redis.cli("EVAL", script, "0", user)
            var keys: [String: Int] = [:]
            for pair in text.split(separator: ",") {
                let words = pair.split(separator: " ")
                if words.count == 2 { keys[String(words[0])] = Int(words[1]) }
            }
            return keys
        }

        @Test func nothingIsKeptForGoodOfWhoHadNoToken() async throws {
            let stack = try theStack()
            let alice = fresh("alice")
            let one = try await stack.connect(alice, edge: 1)
            let guest = try await STOMPClient.connect(stack, nil, edge: 0)
            let user = try #require(guest.connected.headers["user-name"])
            #expect(user.hasPrefix("anonymous-"))
            try await guest.listen(ack: "auto")
            let topic = fresh("lobby")
            try await guest.send(
                .subscribe, ["id": "t", "destination": "/topic/\(topic)", "receipt": "t"])
            try await guest.receipt("t")
            try await guest.send(.send, ["destination": "/topic/\(topic)", "receipt": "s", "n": "1"], "anybody here?")
            try await guest.receipt("s")
            // It is written to, looked at, and brought into a group.
            try await one.send("user:\(user)", "welcome")
            _ = try await guest.message("welcome")
            _ = try await stack.call("GET", stack.presence, "/v1/presence/\(user)", as: alice)
            let group = fresh("guests")
            let made = try await stack.call(
                "PUT", stack.router, "/v1/groups/\(group)", as: alice,
                body: "{\"name\":\"Guests\",\"members\":[\"\(alice)\",\"\(user)\"]}")
            #expect((200...204).contains(made.status))
            try await one.send("group:\(group)", "all of you")
            _ = try await guest.message("all of you")
            try await eventually("the group and the contact are noted") {
                let keys = try await self.keys(of: user)
                return keys.keys.contains { $0.hasSuffix(":groups") }
                    && keys.keys.contains { $0.hasSuffix(":contacts") }
            }
            try await guest.send(.disconnect, ["receipt": "bye"])
            try await guest.receipt("bye")
            try await one.send("user:\(user)", "still there?")
            try await eventually("the session is gone and the last message has been delivered") {
                let sessions = try await stack.redis.cli("EXISTS", "sb:{u:\(user)}:sessions")
                let inbox = try await stack.redis.cli("XLEN", "sb:{u:\(user)}:inbox")
                return sessions == "0" && Int(inbox) ?? 0 >= 1
            }
            let keys = try await self.keys(of: user)
            #expect(keys.keys.contains { $0.hasSuffix(":marks") } && keys.keys.contains { $0.hasSuffix(":devices") })
            for (key, seconds) in keys where !key.hasSuffix(":members") {
                #expect(seconds > 0, "\(key) is kept for good")
                // What tells repeats apart is kept for up to 27 h, see `publish`.
                #expect(key.hasSuffix(":inbox") || seconds <= 97_200, "\(key) is kept for long")
            }
            // Of who has a token, things are kept.
            #expect(try await self.keys(of: alice).contains { $0.key.hasSuffix(":marks") && $0.value == -1 })
        }

        @Test func aNameThatSomebodyIsGivenIsKept() async throws {
            let stack = try theStack()
            let guest = try await STOMPClient.connect(stack, nil, edge: 0)
            let user = try #require(guest.connected.headers["user-name"])
            await guest.socket.drop()
            #expect(try await keys(of: user).contains { $0.key.hasSuffix(":marks") && $0.value > 0 })
            _ = try await stack.connect(user, edge: 1)
            let keys = try await self.keys(of: user)
            for name in ["marks", "devices", "presence"] {
                #expect(keys["sb:{u:\(user)}:\(name)"] == -1, "\(name) of \(keys)")
            }
        }

        @Test func aTokenIsRenewedInASessionOrItsSessionEnds() async throws {
            let stack = try theStack()
            let bob = fresh("bob")
            func token(_ seconds: Int) throws -> String {
                try Token(user: bob, lifetime: .seconds(seconds)).signed(stack.secret)
            }
            let renewing = try await STOMPClient.connect(stack, bob, edge: 0, device: "one", token: try token(20))
            let other = try await STOMPClient.connect(stack, bob, edge: 0, device: "two", token: try token(20))
            try await renewing.send(
                .send, ["destination": "/token", "passcode": try token(3600), "receipt": "fresh"])
            try await renewing.receipt("fresh")
            let error = try await other.frame("the end", within: .seconds(60)) { $0.command == .error }
            #expect(error.headers["message"] == "token expired" && error.headers["code"] == "token_expired")
            #expect(try await other.socket.closeCode() == 4003)
            try await renewing.send(.begin, ["transaction": "t", "receipt": "alive"])
            try await renewing.receipt("alive")
            // With a token that does not hold it is over.
            try await renewing.send(.send, ["destination": "/token", "passcode": "nonsense", "receipt": "bad"])
            let refusal = try await renewing.frame("the refusal") { $0.command == .error }
            #expect(refusal.headers["code"] == "unauthorized" && refusal.headers["receipt-id"] == "bad")
            #expect(try await renewing.socket.closeCode() == 4500)
        }
    }
}
