import Foundation
import TestStack
import Testing

extension IntegrationTests {
    /// `DELETE /v1/users/{user}/data` and the exports on a real stack.
    @Suite(.serialized, .stack { $0.environments["ws-edge"] = ["RATE": "2000", "BURST": "5000"] }) struct Erasure {
        private func job(_ id: String) async throws -> JSONValue {
            let stack = try theStack()
            return try await stack.call("GET", stack.history, "/v1/jobs/\(id)", as: "root", scopes: ["admin"]).json()
        }

        private func erase(_ user: String) async throws -> String {
            let stack = try theStack()
            let answer = try await stack.call(
                "DELETE", stack.history, "/v1/users/\(user)/data", as: "root", scopes: ["admin"])
            #expect(answer.status == 202)
            #expect(try answer.json()["user"]?.string == user)
            let id = try #require(try answer.json()["id"]?.string)
            #expect(answer.header("location") == "/v1/jobs/\(id)")
            return id
        }

        private func finish(_ id: String) async throws {
            try await eventually("the job is done", within: .seconds(90)) {
                try await job(id)["state"]?.string == "done"
            }
        }

        /// Whether Redis has any key of a user besides the marks.
        private func keys(_ user: String) async throws -> [String] {
            let all = try await theStack().redis.cli("--scan", "--pattern", "sb:{u:\(user)}:*")
            return all.split(separator: "\n").map(String.init).filter { !$0.hasSuffix(":marks") }.sorted()
        }

        @Test func aUserIsGoneFromPostgresAndFromRedis() async throws {
            let stack = try theStack()
            let (bob, carol, team) = (fresh("bob"), fresh("carol"), fresh("team"))
            try await stack.makeGroup(team, members: [carol, bob])
            let one = try await stack.connect(bob, edge: 0)
            let two = try await stack.connect(carol, edge: 1)
            let said = try #require(try await one.send("user:\(carol)", "secret").id)
            let heard = try #require(try await two.send("user:\(bob)", "mine").id)
            let team1 = try #require(try await one.send("group:\(team)", "secret").id)
            let news = try #require(try await one.send("topic:news", "secret").id)
            let conversation = "dm:" + [bob, carol].sorted().joined(separator: ":")
            try await eventually("history has all of it") {
                try await stack.call(
                    "GET", stack.history, "/v1/conversations/topic:news/messages/\(news)", as: carol
                ).status == 200
            }
            let old = try stack.token(bob)
            try await finish(try await erase(bob))

            // The session has ended, and its token is good for nothing.
            #expect(try await one.socket.closeCode() == 4502)
            try await eventually("history refuses the old token") {
                try await HTTPClient.get(stack.history.url + "/v1/conversations", token: old).status == 401
            }
            for (name, id) in [(conversation, said), ("group:\(team)", team1), ("topic:news", news)] {
                let message = try await stack.call(
                    "GET", stack.history, "/v1/conversations/\(name)/messages/\(id)", as: carol
                ).json()
                #expect(message["data"] == .null, "\(name)")
                #expect(message["from"]?.string == bob)
            }
            let others = try await stack.call(
                "GET", stack.history, "/v1/conversations/\(conversation)/messages/\(heard)", as: carol)
            #expect(try others.json()["data"] == "mine")
            let secrets = "select count(*) from history.messages where data like '%secret%'"
            #expect(try await stack.postgres.sql(secrets) == ["0"])
            #expect(
                try await stack.postgres.sql("select count(*) from history.marks where member = '\(bob)'") == ["0"])
            let group = try await stack.call("GET", stack.router, "/v1/groups/\(team)", as: carol).json()
            #expect(group["members"]?.array?.compactMap(\.string) == [carol])
            try await eventually("nothing is left in Redis") { try await keys(bob).isEmpty }
            #expect(try await stack.redis.cli("ZSCORE", "sb:{u:\(carol)}:contacts", bob).isEmpty)
            #expect(try await stack.redis.cli("HGET", "sb:{u:\(bob)}:marks", "revoked") != "")
            try await two.close()
        }

        @Test func aHistoryKilledInTheMiddleOfItGoesOnWhereItWas() async throws {
            let stack = try theStack()
            let (bob, carol) = (fresh("bob"), fresh("carol"))
            let two = try await stack.connect(carol, edge: 1)
            let id = try #require(try await two.send("user:\(bob)", "mine").id)
            try await two.close()
            let conversation = "dm:" + [bob, carol].sorted().joined(separator: ":")
            try await eventually("history has the conversation") {
                try await stack.call(
                    "GET", stack.history, "/v1/conversations/\(conversation)/messages/\(id)", as: carol
                ).status == 200
            }
            let ms = id.prefix { $0 != "-" }
            _ = try await stack.postgres.sql(
                """
                insert into history.messages (conversation, ms, seq, sender, data)
                select c.key, \(ms) - 1, i, case when i % 2 = 0 then '\(bob)' else '\(carol)' end, '"secret"'
                from history.conversations c cross join generate_series(1, 60000) i where c.name = '\(conversation)'
                """)
            // Somebody holds a message of bob's, so that the erasure comes to it and no further.
            let holder = try await LockHolder(
                stack.postgres,
                """
                select m.seq from history.messages m join history.conversations c on c.key = m.conversation
                where c.name = '\(conversation)' and m.ms = \(ms) - 1 and m.seq = 40000 for update of m
                """)
            let job = try await erase(bob)
            try await eventually("the erasure is in the middle", within: .seconds(60)) {
                try await self.job(job)["progress"]?.integer ?? 0 >= 30_000
            }
            try await stack.history.kill()
            try await holder.release()
            let left = try await stack.postgres.sql(
                "select count(*) > 0 from history.messages where sender = '\(bob)' and data = '\"secret\"'")
            #expect(left == ["t"])
            #expect(try await stack.postgres.sql("select state from history.jobs where id = \(job)") == ["running"])
            try await stack.history.start()
            try await finish(job)
            let counts = try await stack.postgres.sql(
                """
                select count(*) filter (where sender = '\(bob)' and data = 'null'),
                    count(*) filter (where sender = '\(carol)' and data = '"secret"')
                from history.messages where ms = \(ms) - 1
                """)
            #expect(counts == ["30000|30000"])
        }

        @Test func aRepeatIsTheSameJobAndWhoMayNotIsToldSo() async throws {
            let stack = try theStack()
            let bob = fresh("bob")
            // Routers are stopped, so that it cannot be done meanwhile.
            await stack.router.suspend()
            let first = try await erase(bob)
            #expect(try await erase(bob) == first)
            await stack.router.resume()
            try await finish(first)
            #expect(try await erase(bob) != first)
            // Not bob: an erasure refuses the tokens of before.
            let caller = fresh("root")
            func status(_ method: String, _ path: String, _ scopes: [String]) async throws -> Int {
                try await stack.call(method, stack.history, path, as: caller, scopes: scopes).status
            }
            let other = fresh("carol")
            #expect(try await status("DELETE", "/v1/users/\(other)/data", []) == 403)
            #expect(try await status("DELETE", "/v1/users/a%20b/data", ["admin"]) == 400)
            #expect(try await status("GET", "/v1/jobs/\(first)", []) == 403)
            #expect(try await status("GET", "/v1/jobs/none", ["admin"]) == 400)
            #expect(try await status("GET", "/v1/jobs/999999999", ["admin"]) == 404)
        }

        @Test func anExportHasAllLinesAndSaysThatItIsComplete() async throws {
            let stack = try theStack()
            let (alice, bob, team) = (fresh("alice"), fresh("bob"), fresh("team"))
            try await stack.makeGroup(team, members: [alice, bob])
            let session = try await stack.connect(alice, edge: 0)
            var ids: [String] = []
            for number in 0..<250 {
                ids.append(try #require(try await session.send("group:\(team)", .string("\(number)")).id))
            }
            let news = try #require(try await session.send("topic:export", "news").id)
            try await session.close()
            try await eventually("history has all of it") {
                for place in ["topic:export/messages/\(news)", "group:\(team)/messages/\(ids[249])"] {
                    let answer = try await stack.call("GET", stack.history, "/v1/conversations/\(place)", as: bob)
                    if answer.status != 200 { return false }
                }
                return true
            }
            func export(_ path: String, as user: String, _ scopes: [String] = []) async throws -> [JSONValue] {
                let answer = try await stack.call("GET", stack.history, path, as: user, scopes: scopes)
                #expect(answer.status == 200)
                #expect(answer.header("content-type") == "application/x-ndjson")
                return try answer.text.split(separator: "\n").map { line in
                    try JSONDecoder().decode(JSONValue.self, from: Data(line.utf8))
                }
            }
            for (user, scopes) in [(bob, [String]()), ("root", ["admin"])] {
                let lines = try await export("/v1/conversations/group:\(team)/export", as: user, scopes)
                #expect(lines.first?["type"] == "export")
                #expect(lines.compactMap { $0["message"]?["id"]?.string } == ids)
                #expect(lines.last?["type"] == "complete")
                #expect(lines.last?["messages"]?.integer == 250)
            }
            for (user, scopes) in [(alice, [String]()), ("root", ["admin"])] {
                let lines = try await export("/v1/users/\(alice)/export", as: user, scopes)
                let membership = lines.first { $0["type"] == "membership" }
                #expect(membership?["conversation"]?.string == "group:\(team)")
                #expect(lines.compactMap { $0["message"]?["id"]?.string } == ids + [news])
                #expect(lines.last?["type"] == "complete")
            }
            let stranger = fresh("eve")
            for path in ["/v1/conversations/group:\(team)/export", "/v1/users/\(alice)/export"] {
                #expect(try await stack.call("GET", stack.history, path, as: stranger).status == 403)
            }
        }
    }
}
