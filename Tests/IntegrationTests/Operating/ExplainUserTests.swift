import TestStack
import Testing

extension IntegrationTests {
    /// `GET /v1/users/{user}/explain` on a real stack.
    @Suite(.serialized, .stack) struct ExplainUser {
        private func explain(_ user: String, scopes: [String] = ["admin"]) async throws -> HTTPClient.Answer {
            let stack = try theStack()
            return try await stack.call(
                "GET", stack.presence, "/v1/users/\(user)/explain", as: "root", scopes: scopes)
        }

        @Test func sessionsOnAllEdgesAreExplained() async throws {
            let stack = try theStack()
            let bob = fresh("bob")
            let phone = try await stack.connect(bob, device: "phone", edge: 0)
            let desk = try await stack.connect(bob, device: "desk", edge: 1)
            let alice = try await stack.connect(fresh("alice"), edge: 0)
            try await alice.send("user:\(bob)", "a secret")
            try await phone.message("a secret")
            try await desk.message("a secret")
            // Where somebody belongs is known once the edges that have just started stand on the ring.
            try await eventually("there is a ring") { try await explain(bob).json()["place"]?["edge"]?.string != nil }
            let answer = try await explain(bob)
            #expect(answer.status == 200)
            #expect(!answer.text.contains("a secret"))
            let view = try answer.json()
            let sessions = try #require(view["sessions"]?.array)
            #expect(sessions.map { $0["device"]?.string } == ["desk", "phone"])
            #expect(sessions.map { $0["edge"]?.string } == ["edge-2", "edge-1"])
            for session in sessions {
                #expect(session["registered"]?.bool == true)
                #expect(session["alive"]?.bool == true)
                #expect(session["held"]?.bool == true)
                #expect(session["behind"]?.integer == 0)
                #expect(session["details"]?["protocol"]?.string == "switchboard.v1")
                #expect(session["details"]?["queue"]?.integer != nil)
            }
            #expect(view["inbox"]?["entries"]?.integer == 1)
            #expect(view["inbox"]?["capacity"]?.integer == 1000)
            #expect(view["presence"]?["status"]?.string == "online")
            #expect(view["devices"]?.array?.count == 2)
            try await phone.close()
            try await eventually("the end of a session is noted") {
                let closes = try await explain(bob).json()["closes"]?.array ?? []
                return closes.first?["code"]?.integer == 1000 && closes.first?["by"]?.string == "client"
                    && closes.first?["device"]?.string == "phone"
            }
            try await desk.close()
            try await alice.close()
        }

        @Test func anEdgeThatIsPausedIsNamedAndNotWaitedFor() async throws {
            let stack = try theStack()
            let bob = fresh("bob")
            let session = try await stack.connect(bob, edge: 1)
            await stack.edges[1].suspend()
            let answer = try await explain(bob)
            await stack.edges[1].resume()
            #expect(answer.status == 200)
            let edges = try #require(try answer.json()["edges"]?.array)
            #expect(edges.map { $0["edge"]?.string } == ["edge-2"])
            #expect(edges.map { $0["answered"]?.bool } == [false])
            try await session.ping()
            try await eventually("it answers again") {
                try await explain(bob).json()["edges"]?[0]?["answered"]?.bool == true
            }
            try await session.close()
        }

        @Test func whoMayNotOrAsksWronglyIsToldSo() async throws {
            let stack = try theStack()
            #expect(try await explain("bob", scopes: []).status == 403)
            #expect(try await explain("b%20b").status == 400)
            #expect(try await explain("nobody").status == 200)
            let anonymous = try await HTTPClient.request("GET", stack.presence.url + "/v1/users/bob/explain")
            #expect(anonymous.status == 401)
        }
    }
}
