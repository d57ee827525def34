import TestStack
import Testing

extension IntegrationTests {
    /// Who is online.
    @Suite(.serialized, .stack) struct Online {
        private func status(_ user: String) async throws -> String? {
            let stack = try theStack()
            let answer = try await stack.call("GET", stack.presence, "/v1/presence/\(user)", as: user)
            #expect(answer.status == 200)
            return try answer.json()["status"]?.string
        }

        @Test func aUserIsOnlineWithTheFirstSessionAndOfflineSomeTimeAfterTheLast() async throws {
            let stack = try theStack()
            let bob = fresh("bob")
            #expect(try await status(bob) == "offline")
            let phone = try await stack.connect(bob, device: "phone", edge: 0)
            let desk = try await stack.connect(bob, device: "desk", edge: 1)
            try await eventually("bob is online with two devices") {
                let answer = try await stack.call("GET", stack.presence, "/v1/presence/\(bob)", as: bob).json()
                return answer["status"]?.string == "online" && answer["devices"]?.array?.count == 2
                    && answer["since"]?.integer != nil
            }
            try await phone.close()
            try await eventually("one device is left") {
                let answer = try await stack.call("GET", stack.presence, "/v1/presence/\(bob)", as: bob).json()
                return answer["devices"]?.array?.count == 1
            }
            #expect(try await status(bob) == "online")
            let before = ContinuousClock.now
            try await desk.close()
            try await eventually("bob is offline") { try await status(bob) == "offline" }
            #expect(ContinuousClock.now - before >= .seconds(4), "the time of grace was not kept")
        }

        @Test func whoComesBackWithinTheGraceWasNeverOffline() async throws {
            let stack = try theStack()
            let bob = fresh("bob")
            let one = try await stack.connect(bob, edge: 0)
            try await eventually("bob is online") { try await status(bob) == "online" }
            let since = try await stack.call("GET", stack.presence, "/v1/presence/\(bob)", as: bob).json()["since"]
            try await one.close()
            let two = try await stack.connect(bob, edge: 1)
            // Past the grace, by the clock of what else happens: another user goes offline after bob did.
            let carol = fresh("carol")
            let other = try await stack.connect(carol, edge: 0)
            try await eventually("carol is online") { try await status(carol) == "online" }
            try await other.close()
            try await eventually("carol is offline") { try await status(carol) == "offline" }
            let after = try await stack.call("GET", stack.presence, "/v1/presence/\(bob)", as: bob).json()
            #expect(after["status"]?.string == "online")
            #expect(after["since"] == since)
            try await two.close()
        }

        @Test func manyAreAskedForAtOnce() async throws {
            let stack = try theStack()
            let (alice, bob) = (fresh("alice"), fresh("bob"))
            let session = try await stack.connect(alice, edge: 0)
            try await eventually("alice is online") { try await status(alice) == "online" }
            let answer = try await stack.call(
                "POST", stack.presence, "/v1/presence/query", as: bob, scopes: ["admin"],
                body: #"{"users":["\#(alice)","\#(bob)"]}"#)
            #expect(answer.status == 200)
            let list = try #require(try answer.json()["presence"]?.array)
            #expect(list.map { $0["user"]?.string } == [alice, bob])
            #expect(list.map { $0["status"]?.string } == ["online", "offline"])
            try await session.close()
        }

        @Test func aGroupsMembersAreAskedForTogether() async throws {
            let stack = try theStack()
            let (alice, bob, group) = (fresh("alice"), fresh("bob"), fresh("group"))
            try await stack.makeGroup(group, members: [alice, bob])
            let session = try await stack.connect(alice, edge: 0)
            try await eventually("alice is online in the group") {
                let answer = try await stack.call("GET", stack.presence, "/v1/groups/\(group)/presence", as: bob)
                return answer.status == 200 && answer.text.contains("online") && answer.text.contains(alice)
            }
            let stranger = try await stack.call(
                "GET", stack.presence, "/v1/groups/\(group)/presence", as: fresh("eve"))
            #expect(stranger.status == 403 || stranger.status == 404)
            try await session.close()
        }

        @Test func bothEdgesAreListed() async throws {
            let stack = try theStack()
            let answer = try await stack.call("GET", stack.presence, "/v1/edges", as: fresh("alice"), scopes: ["admin"])
            #expect(answer.status == 200)
            #expect(answer.text.contains("edge-1"))
            #expect(answer.text.contains("edge-2"))
        }
    }
}
