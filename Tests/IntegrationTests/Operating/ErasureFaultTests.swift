import Foundation
import TestStack
import Testing

extension IntegrationTests {
    /// Erasures while what does them dies.
    @Suite(
        .serialized,
        .stack {
            $0.histories = 2
            $0.environments["ws-edge"] = ["RATE": "2000", "BURST": "5000"]
        })
    struct ErasureFaults {
        enum Victim: CaseIterable {
            case router, redis, both
        }

        private func erase(_ user: String) async throws -> String {
            let stack = try theStack()
            let answer = try await stack.call(
                "DELETE", stack.history, "/v1/users/\(user)/data", as: "root", scopes: ["admin"])
            #expect(answer.status == 202, "\(answer.text)")
            return try #require(try answer.json()["id"]?.string)
        }

        /// What the database says of a job: its state and how far it is. Histories may be away.
        private func job(_ id: String) async throws -> (state: String, progress: Int) {
            let rows = try await theStack().postgres.sql("select state, progress from history.jobs where id = \(id)")
            let parts = try #require(rows.first).split(separator: "|")
            return (String(parts[0]), Int(parts[1]) ?? 0)
        }

        private func finish(_ id: String) async throws {
            try await eventually("the job is done", within: .seconds(180)) { try await job(id).state == "done" }
        }

        /// What Redis has of a user besides the marks.
        private func keys(_ user: String) async throws -> [String] {
            let all = try await theStack().redis.cli("--scan", "--pattern", "sb:{u:\(user)}:*")
            return all.split(separator: "\n").map(String.init).filter { !$0.hasSuffix(":marks") }.sorted()
        }

        /// Opens a session as soon as the user's new tokens are good.
        private func comeBack(_ user: String) async throws -> SessionClient {
            try await eventually("\(user) comes back", within: .seconds(60)) {
                try? await theStack().connect(user, edge: 0, cursor: "0")
            }
        }

        @Test(arguments: Victim.allCases)
        func whatDiesWhileRedisIsClearedLeavesNothingBehind(victim: Victim) async throws {
            let stack = try theStack()
            let (bob, carol, other) = (fresh("bob"), fresh("carol"), fresh("other"))
            let one = try await stack.connect(bob, edge: 0)
            let two = try await stack.connect(carol, edge: 1)
            try await two.send("user:\(bob)", "before")
            try await one.message("before")
            try await one.send("user:\(carol)", "secret")
            try await two.message("secret")
            // So many have had to do with bob that striking him out takes a while.
            let count = 60_000
            let seed = """
                for i = 1, tonumber(ARGV[1]) do
                  local other = ARGV[3] .. string.format('-%06d', i)
                  redis.call('ZADD', 'sb:{u:' .. other .. '}:contacts', 1, ARGV[2])
                  redis.call('ZADD', 'sb:{u:' .. ARGV[2] .. '}:contacts', 1, other)
                end
                """
            _ = try await stack.redis.cli("EVAL", seed, "0", "\(count)", bob, other)
            func isThere(_ key: String) async throws -> Bool { try await stack.redis.cli("EXISTS", key) == "1" }

            let job = try await erase(bob)
            try await eventually("he is being struck out", within: .seconds(60)) {
                try await !isThere("sb:{u:\(other)-000001}:contacts")
            }
            if victim != .redis { try await stack.router.kill() }
            if victim != .router { try await stack.redis.kill() }
            if victim != .router { try await stack.redis.restart() }
            // It was in the middle.
            if victim != .redis {
                #expect(try await isThere("sb:{u:\(other)-\(String(format: "%06d", count))}:contacts"))
                #expect(try await !keys(bob).isEmpty)
                try await stack.router.start()
            }
            try await finish(job)

            try await eventually("nothing is left in Redis") { try await keys(bob).isEmpty }
            let left = try await stack.redis.cli("--scan", "--pattern", "sb:{u:\(other)-*}:contacts")
            #expect(left.isEmpty)
            #expect(
                try await stack.postgres.sql(
                    "select count(*) from history.messages where sender = '\(bob)' and data like '%secret%'") == ["0"])
            // Who comes back under the name gets what is said now, and nothing of before.
            let again = try await comeBack(bob)
            let third = try await stack.connect(fresh("dave"), edge: 1)
            try await third.send("user:\(bob)", "after")
            try await again.message("after")
            #expect(again.messages.map(\.text) == ["after"])
            try await again.close()
            try await third.close()
        }

        enum End: CaseIterable {
            case paused, killed
        }

        /// Each has the lease until something happens to it in the middle of an erasure; then the other goes on.
        @Test(arguments: End.allCases)
        func anotherHistoryGoesOnWhereTheFirstOneWas(end: End) async throws {
            let stack = try theStack()
            let (bob, carol) = (fresh("bob"), fresh("carol"))
            let two = try await stack.connect(carol, edge: 1)
            let id = try #require(try await two.send("user:\(bob)", "mine").id)
            try await two.close()
            let conversation = "dm:" + [bob, carol].sorted().joined(separator: ":")
            let key = try await eventually("history has the conversation") {
                try await stack.postgres.sql("select key from history.conversations where name = '\(conversation)'")
                    .first
            }
            let ms = id.prefix { $0 != "-" }
            _ = try await stack.postgres.sql(
                """
                insert into history.messages (conversation, ms, seq, sender, data)
                select \(key), \(ms) - 1, i, case when i % 2 = 0 then '\(bob)' else '\(carol)' end, '"secret"'
                from generate_series(1, 60000) i
                """)
            let holder = try await LockHolder(
                stack.postgres,
                "select seq from history.messages where conversation = \(key) and ms = \(ms) - 1 and seq = 40000 for update"
            )
            let job = try await erase(bob)
            try await eventually("the erasure is in the middle", within: .seconds(90)) {
                try await self.job(job).progress >= 30_000
            }
            let first = try await eventually("one of them says that it works on it") {
                for history in stack.histories where try await open(history) > 0 { return history }
                return nil
            }
            let second = try #require(stack.histories.first { $0 !== first })
            if end == .paused { await first.suspend() } else { try await first.kill() }
            try await holder.release()
            try await finish(job)
            #expect(try await metric(#"history_jobs_total{result="done"}"#, second) >= 1)
            if end == .paused { await first.resume() } else { try await first.launch() }
            try await first.waitUntilReady(within: .seconds(90))
            let counts = try await stack.postgres.sql(
                """
                select count(*) filter (where sender = '\(bob)' and data = 'null'),
                    count(*) filter (where sender = '\(carol)' and data = '"secret"')
                from history.messages where conversation = \(key) and ms = \(ms) - 1
                """)
            #expect(counts == ["30000|30000"])
            #expect(try await self.job(job).state == "done")
            // One after the other, whoever has the lease now.
            try await finish(try await erase(carol))
        }

        private func open(_ history: ServiceProcess) async throws -> Int {
            try await metric("history_jobs_open", history)
        }

        private func metric(_ name: String, _ history: ServiceProcess) async throws -> Int {
            let text = try await HTTPClient.get(history.url + "/metrics", within: .seconds(60)).text
            let line = text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
            return line.flatMap { Double($0.dropFirst(name.count + 1)) }.map { Int($0) } ?? 0
        }
    }
}
