import TestStack
import Testing

extension IntegrationTests {
    /// Watching others, across two edges.
    @Suite(.serialized, .stack) struct Watching {
        private func presence(
            _ session: SessionClient, _ user: String, _ status: String
        ) async throws -> ServerMessage {
            try await session.frame("\(user) \(status)", within: .seconds(30)) {
                $0.type == "presence" && $0.user == user && $0.status == status
            }
        }

        private func watch(_ session: SessionClient, _ users: [String], n: Int) async throws -> ServerMessage {
            try await session.send([
                "type": "watch", "n": .number(Double(n)), "users": .array(users.map { .string($0) }),
            ])
            return try await session.frame("an answer to \(n)") { $0.n == n && ($0.type == "ok" || $0.type == "error") }
        }

        @Test func aFriendIsSeenComingAndGoingOnAnotherEdge() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let watcher = try await stack.connect(alice, edge: 0)
            let refused = try await watch(watcher, [bob], n: 900)
            #expect(refused.code == "forbidden" && refused.message?.contains(bob) == true)
            try await watcher.send("user:\(bob)", "hello")
            // From when the message has been routed, the two know each other.
            try await eventually("alice may watch bob") {
                try await stack.call("GET", stack.presence, "/v1/presence/\(bob)", as: alice).status == 200
            }
            #expect(try await watch(watcher, [bob], n: 901).type == "ok")
            #expect(try await presence(watcher, bob, "offline").at == 0)
            let session = try await stack.connect(bob, edge: 1)
            let online = try await presence(watcher, bob, "online")
            #expect(online.at ?? 0 > 0)

            let away = try await stack.call(
                "PUT", stack.presence, "/v1/presence/me", as: bob, body: #"{"status":"away","text":"at lunch"}"#)
            #expect(away.status == 200)
            let seen = try await watcher.frame("bob is away") { $0.type == "presence" && $0.user == bob }
            #expect(seen.state == "away" && seen.words == "at lunch" && seen.status == "online")
            #expect(seen.at == online.at)

            _ = try await stack.call(
                "PUT", stack.presence, "/v1/presence/me", as: bob, body: #"{"status":"invisible"}"#)
            _ = try await presence(watcher, bob, "offline")
            _ = try await stack.call("PUT", stack.presence, "/v1/presence/me", as: bob, body: #"{"status":"online"}"#)
            _ = try await presence(watcher, bob, "online")
            try await session.close()
            _ = try await presence(watcher, bob, "offline")
            try await watcher.close()
        }

        @Test func aTokenThatHidesShowsNobodyOnline() async throws {
            let stack = try theStack()
            let bob = fresh("bob")
            var token = Token(user: bob)
            token.claims["presence"] = "invisible"
            let handshake = try await WebSocketClient.connect(
                "ws://127.0.0.1:\(stack.edges[0].port)/ws?device=phone",
                headers: ["Authorization": "Bearer \(try token.signed(stack.secret))"])
            guard case .open(let socket) = handshake else {
                Issue.record("the handshake was refused")
                return
            }
            try await eventually("bob knows to be online") {
                try await stack.call("GET", stack.presence, "/v1/presence/\(bob)", as: bob).json()["status"] == "online"
            }
            let seen = try await stack.call(
                "GET", stack.presence, "/v1/presence/\(bob)", as: "operator", scopes: ["admin"]
            ).json()
            #expect(seen["status"] == "offline" && seen["devices"]?.array?.isEmpty == true)
            try await socket.close()
        }

        @Test func membersOfAGroupMayWatchEachOther() async throws {
            let stack = try theStack()
            let (alice, bob, eve) = (fresh("alice"), fresh("bob"), fresh("eve"))
            try await stack.makeGroup(fresh("group"), members: [alice, bob])
            let one = try await stack.connect(alice, edge: 0)
            let other = try await stack.connect(bob, edge: 1)
            let stranger = try await stack.connect(eve, edge: 1)
            #expect(try await watch(one, [bob], n: 900).type == "ok")
            _ = try await presence(one, bob, "online")
            #expect(try await watch(other, [alice, bob], n: 900).type == "ok")
            #expect(try await watch(stranger, [alice], n: 900).code == "forbidden")
            for session in [one, other, stranger] { try await session.close() }
        }
    }
}
