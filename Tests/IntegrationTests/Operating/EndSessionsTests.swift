import Foundation
import TestStack
import Testing

extension IntegrationTests {
    /// `DELETE /v1/users/{user}/sessions` on a real stack. Edges check every second, so that what nobody told them comes to light soon.
    @Suite(.serialized, .stack { $0.environments["ws-edge"] = ["CHECK_INTERVAL": "1"] }) struct EndSessions {
        private func end(_ user: String) async throws -> HTTPClient.Answer {
            let stack = try theStack()
            return try await stack.call(
                "DELETE", stack.router, "/v1/users/\(user)/sessions", as: "root", scopes: ["admin"])
        }

        /// A token issued so many seconds ago.
        private func token(_ user: String, age: Int) throws -> String {
            var token = Token(user: user)
            token.claims["iat"] = .number(Date().timeIntervalSince1970 - Double(age))
            return try token.signed(try theStack().secret)
        }

        /// The code with which a new connection with this token is closed; nil when it is welcomed.
        private func refusal(_ token: String) async throws -> UInt16? {
            let handshake = try await WebSocketClient.connect(
                "ws://127.0.0.1:\(try theStack().edges[0].port)/ws?device=phone&token=\(token)")
            guard case .open(let socket) = handshake else {
                Issue.record("the handshake itself was refused")
                return 0
            }
            let first = try await socket.receive("a first frame")
            guard first?.text.contains("\"welcome\"") == true else { return try await socket.closeCode() }
            try await socket.close()
            return nil
        }

        @Test func allSessionsEndAndTheOldTokenIsRefusedEverywhere() async throws {
            let stack = try theStack()
            let (bob, carol) = (fresh("bob"), fresh("carol"))
            let old = try token(bob, age: 10)
            let phone = try await stack.connect(bob, device: "phone", edge: 0)
            let desk = try await stack.connect(bob, device: "desk", edge: 1)
            let other = try await stack.connect(carol, edge: 0)
            let answer = try await end(bob)
            #expect(answer.status == 202)
            #expect(try answer.json()["user"]?.string == bob)
            #expect(try answer.json()["sessions"]?.integer == 2)
            #expect(try answer.json()["before"]?.integer != nil)
            #expect(try await phone.socket.closeCode() == 4502)
            #expect(try await desk.socket.closeCode() == 4502)
            try await other.ping()
            // An edge refuses at once, the others within two seconds.
            #expect(try await refusal(old) == 4500)
            for (service, path) in [
                (stack.router, "/v1/groups/none"), (stack.presence, "/v1/presence/\(bob)"),
                (stack.history, "/v1/conversations"),
            ] {
                try await eventually("\(service.name) refuses the old token") {
                    let answer = try await HTTPClient.request("GET", service.url + path, token: old)
                    return answer.status == 401 && answer.text.contains("get a new one")
                }
            }
            // A new one is good, and so is another user's old one.
            try await eventually("a new token is good") { try await refusal(stack.token(bob)) == nil }
            #expect(try await refusal(token(carol, age: 10)) == nil)
            try await other.close()
        }

        @Test func aTokenWithoutATimeOfIssueCountsAsOld() async throws {
            let stack = try theStack()
            let bob = fresh("bob")
            var token = Token(user: bob)
            token.claims["iat"] = nil
            let text = try token.signed(stack.secret)
            #expect(try await refusal(text) == nil)
            #expect(try await end(bob).status == 202)
            #expect(try await refusal(text) == 4500)
        }

        @Test func aRepeatIsHarmlessAndRefusesWhatWasIssuedSince() async throws {
            let bob = fresh("bob")
            let first = try #require(try await end(bob).json()["before"]?.integer)
            let second = try await end(bob)
            #expect(second.status == 202)
            #expect(try second.json()["sessions"]?.integer == 0)
            #expect(try #require(second.json()["before"]?.integer) > first)
        }

        @Test func aFreshTokenThatIsTooOldIsRefusedAndTheSessionGoesOn() async throws {
            let stack = try theStack()
            let bob = fresh("bob")
            #expect(try await end(bob).status == 202)
            let session = try await eventually("a new token is good") { try? await stack.connect(bob) }
            try await session.send(["type": "auth", "token": .string(try token(bob, age: 60))])
            let refusal = try await session.frame(type: "error")
            #expect(refusal.code == "unauthorized")
            try await session.ping()
            try await session.close()
        }

        @Test func sessionsThatComeAtThisVeryMomentEndToo() async throws {
            let stack = try theStack()
            let bob = fresh("bob")
            let old = try token(bob, age: 10)
            let edges = stack.edges
            // Twelve devices connect while the sessions are ended: each is refused, or ended.
            try await withThrowingTaskGroup(of: UInt16.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        let handshake = try await WebSocketClient.connect(
                            "ws://127.0.0.1:\(edges[number % 2].port)/ws?device=d\(number)&token=\(old)")
                        guard case .open(let socket) = handshake else { return 0 }
                        return try await socket.closeCode(within: .seconds(20))
                    }
                }
                #expect(try await end(bob).status == 202)
                for try await code in group { #expect(code == 4500 || code == 4502) }
            }
        }

        @Test func aSessionOnAnEdgeThatIsPausedAndIsToldNothingEndsWhenItGoesOn() async throws {
            let stack = try theStack()
            let bob = fresh("bob")
            let session = try await stack.connect(bob, edge: 1)
            await stack.edges[1].suspend()
            let answer = try await end(bob)
            // The hint gets lost.
            _ = try await stack.redis.cli("DEL", "sb:{e:edge-2}:out")
            await stack.edges[1].resume()
            #expect(answer.status == 202)
            #expect(try await session.socket.closeCode() == 4502)
            try await stack.edges[1].waitUntilReady()
        }

        @Test func aSessionOnAnEdgeThatWasTakenForDeadEndsWhenItIsRegisteredAgain() async throws {
            let stack = try theStack()
            let bob = fresh("bob")
            let session = try await stack.connect(bob, edge: 1)
            await stack.edges[1].suspend()
            try await eventually("the edge is taken for dead and swept", within: .seconds(60)) {
                guard try await stack.redis.cli("HEXISTS", "sb:edges", "edge-2") == "0" else { return false }
                return try await stack.redis.cli("HLEN", "sb:{u:\(bob)}:sessions") == "0"
            }
            let answer = try await end(bob)
            await stack.edges[1].resume()
            #expect(answer.status == 202)
            #expect(try answer.json()["sessions"]?.integer == 0)
            #expect(try await session.socket.closeCode(within: .seconds(20)) == 4502)
            try await stack.edges[1].waitUntilReady()
        }

        @Test func whoMayNotOrAsksWronglyIsToldSo() async throws {
            let stack = try theStack()
            func answer(_ path: String, scopes: [String]) async throws -> Int {
                try await stack.call("DELETE", stack.router, path, as: "root", scopes: scopes).status
            }
            #expect(try await answer("/v1/users/bob/sessions", scopes: ["send:any"]) == 403)
            #expect(try await answer("/v1/users/b%20b/sessions", scopes: ["admin"]) == 400)
            let anonymous = try await HTTPClient.request("DELETE", stack.router.url + "/v1/users/bob/sessions")
            #expect(anonymous.status == 401)
        }
    }
}
