import Messaging
import RedisStreams
import TestStack
import Testing

@testable import History

/// A history with a real streaming standby, whose replay is held back and let go on.
@Suite(.serialized) struct ReplicaTests {
    private struct ReplicaBench {
        let bench: HistoryBench
        let replica: PostgresServer

        /// - Parameter replica: another than a standby of the primary.
        static func start(
            _ environment: [String: String] = [:], replica other: PostgresServer? = nil
        ) async throws -> ReplicaBench {
            async let redis = RedisServer.start()
            let postgres = try await PostgresServer.start()
            let replica = if let other { other } else { try await PostgresServer.standby(of: postgres) }
            let settings = ["DATABASE_READ_URL": replica.url].merging(environment) { $1 }
            let bench = try await ReplicaBench(
                bench: HistoryBench(redis: redis, postgres: postgres, settings), replica: replica)
            try await bench.bench.history.start()
            if other == nil { try await bench.isUsed() }
            return bench
        }

        func stop() async throws {
            try await bench.stop()
            try await replica.stop()
        }

        /// How many requests were answered so.
        func count(_ use: ReplicaUse) async throws -> Int {
            let metrics = try await HTTPClient.get(bench.history.url + "/metrics").text
            let name = "history_replica_reads_total{result=\"\(use.rawValue)\"} "
            let line = try #require(metrics.split(separator: "\n").first { $0.hasPrefix(name) })
            return Int(Double(line.dropFirst(name.count)) ?? -1)
        }

        /// Does something, which must count once for `use` and for nothing else.
        func expect<Value>(_ use: ReplicaUse, _ body: () async throws -> Value) async throws -> Value {
            var before: [ReplicaUse: Int] = [:]
            for use in ReplicaUse.allCases { before[use] = try await count(use) }
            let value = try await body()
            for other in ReplicaUse.allCases {
                let more = try await count(other) - (before[other] ?? 0)
                #expect(more == (other == use ? 1 : 0), "\(other.rawValue)")
            }
            return value
        }

        func isUsed() async throws {
            try await eventually("the replica answers requests", within: .seconds(60)) {
                let before = try await count(.replica)
                _ = try await bench.get("/v1/conversations", as: "nobody")
                return try await count(.replica) > before
            }
        }

        /// Holds back what the replica gets from the primary.
        func pause() async throws {
            try await replica.sql("select pg_wal_replay_pause()")
            try await eventually("the replay is paused") {
                try await replica.sql("select pg_get_wal_replay_pause_state()") == ["paused"]
            }
        }

        func resume() async throws { try await replica.sql("select pg_wal_replay_resume()") }

        /// A message that is in the primary, and of which the users have been told as message-router tells them.
        func say(_ conversation: String, from: String, _ data: String, told users: [String] = []) async throws -> String
        {
            let id = try await bench.append(conversation, from: from, data: data)
            let partition = bench.partition(Conversation(conversation)!)
            for user in users {
                _ = try await bench.command(
                    "HSET", .text(bench.keys.marks(user)), .text("\(partition)"), .text("\(id)"))
            }
            try await bench.settle()
            return "\(id)"
        }

        /// Waits until the replica has a message.
        func replays(_ id: String) async throws {
            let id = StoredID(clamping: MessageID(id)!)
            try await eventually("the replica has it") {
                try await replica.sql("select 1 from history.messages where ms = \(id.ms) and seq = \(id.seq)") == ["1"]
            }
        }

        func ids(_ path: String, as user: String) async throws -> [String] {
            let answer = try await bench.get(path, as: user)
            #expect(answer.status == 200, "\(answer.text)")
            return try answer.json()["messages"]?.array?.compactMap { $0["id"]?.string } ?? []
        }

        func ready() async throws -> HTTPClient.Answer { try await HTTPClient.get(bench.history.url + "/readyz") }
    }

    @Test func aCallerReadsEverythingTheyMayKnowOfHoweverFarTheReplicaIsBehind() async throws {
        // Never refused for being old, so that only what is asked for counts.
        let bench = try await ReplicaBench.start(["DATABASE_READ_LAG": "3600"])
        let path = "/v1/conversations/dm:a:b/messages"
        let first = try await bench.say("dm:a:b", from: "a", "1", told: ["a", "b"])
        try await bench.replays(first)
        #expect(try await bench.expect(.replica) { try await bench.ids(path, as: "a") } == [first])

        try await bench.pause()
        let second = try await bench.say("dm:a:b", from: "a", "2", told: ["a"])
        // Who said it, and who has been told of it, gets it from the primary.
        #expect(try await bench.expect(.behind) { try await bench.ids(path, as: "a") } == [second, first])
        // Who has not is answered by the replica.
        #expect(try await bench.expect(.replica) { try await bench.ids(path, as: "b") } == [first])
        // Ids that are named are expected to be there, too: by path, by bound, and by what was accepted.
        let one = try await bench.expect(.behind) { try await bench.bench.get("\(path)/\(second)", as: "b") }
        #expect(one.status == 200)
        #expect(try await bench.expect(.behind) { try await bench.ids("\(path)?before=\(second)", as: "b") } == [first])
        #expect(try await bench.expect(.behind) { try await bench.ids("\(path)?after=\(first)", as: "b") } == [second])
        #expect(
            try await bench.expect(.behind) { try await bench.ids("\(path)?at_least=\(second)", as: "b") }
                == [second, first])
        #expect(
            try await bench.expect(.replica) { try await bench.ids("\(path)?at_least=\(first)", as: "b") } == [first])
        // An old page is the same everywhere.
        #expect(try await bench.expect(.replica) { try await bench.ids("\(path)?before=\(first)", as: "b") }.isEmpty)
        // The list of conversations goes by the user.
        func last(_ user: String, _ query: String = "") async throws -> String? {
            let list = try await bench.bench.get("/v1/conversations\(query)", as: user).json()
            return list["conversations"]?[0]?["last"]?["id"]?.string
        }
        #expect(try await bench.expect(.behind) { try await last("a") } == second)
        #expect(try await bench.expect(.replica) { try await last("b") } == first)
        #expect(try await bench.expect(.behind) { try await last("b", "?at_least=\(second)") } == second)

        // Sync is complete, and so has more than the replica.
        #expect(
            try await bench.expect(.behind) { try await bench.ids("/v1/sync?after=0", as: "b") } == [first, second])

        try await bench.resume()
        try await bench.replays(second)
        #expect(try await bench.expect(.replica) { try await bench.ids(path, as: "a") } == [second, first])
        #expect(
            try await bench.expect(.replica) { try await bench.ids("/v1/sync?after=0", as: "b") } == [first, second])
        try await bench.stop()
    }

    @Test func aMembershipThatTheReplicaHasNotHeardOfIsAskedOfThePrimary() async throws {
        let bench = try await ReplicaBench.start(["DATABASE_READ_LAG": "3600"])
        let before = try await bench.say("dm:x:y", from: "x", "0")
        try await bench.replays(before)
        try await bench.pause()
        try await bench.bench.append(
            .member, "group:g", from: "a", data: #"{"operation":"replace","members":["a","b"]}"#)
        let id = try await bench.say("group:g", from: "a", "1")
        let path = "/v1/conversations/group:g/messages"
        #expect(try await bench.expect(.refused) { try await bench.ids(path, as: "b") } == [id])
        let stranger = try await bench.expect(.refused) { try await bench.bench.get(path, as: "c") }
        #expect(stranger.status == 403)
        try await bench.stop()
    }

    @Test func nothingIsOlderThanTheReplicaMayBeBehind() async throws {
        let bench = try await ReplicaBench.start(["DATABASE_READ_LAG": "1"])
        try await bench.pause()
        // Nobody has been told of it, and nobody asks for it.
        let id = try await bench.say("dm:a:b", from: "a", "1")
        try await eventually("it is there all the same") {
            try await bench.ids("/v1/conversations/dm:a:b/messages", as: "b") == [id]
        }
        try await eventually("the operator is told") {
            let answer = try await bench.ready()
            let metrics = try await HTTPClient.get(bench.bench.history.url + "/metrics").text
            return answer.status == 200 && answer.text.contains("too far behind")
                && !metrics.contains("history_replica_lag_seconds 0\n")
        }
        try await bench.resume()
        try await eventually("it is used again") {
            let answer = try await bench.ready()
            let before = try await bench.count(.replica)
            _ = try await bench.ids("/v1/conversations/dm:a:b/messages", as: "b")
            let after = try await bench.count(.replica)
            return !answer.text.contains("notes") && after > before
        }
        try await bench.stop()
    }

    @Test func aReplicaThatIsGoneTakesNothingFromBeingReady() async throws {
        let bench = try await ReplicaBench.start()
        let id = try await bench.say("dm:a:b", from: "a", "1")
        try await bench.replica.kill()
        // Whatever it is that finds out, no request suffers.
        for _ in 0..<5 { #expect(try await bench.ids("/v1/conversations/dm:a:b/messages", as: "a") == [id]) }
        try await eventually("the operator is told") {
            let answer = try await bench.ready()
            let metrics = try await HTTPClient.get(bench.bench.history.url + "/metrics").text
            return answer.status == 200 && answer.text.contains("\"notes\":{\"replica\":")
                && metrics.contains("history_replica_up 0")
        }
        _ = try await bench.expect(.away) { try await bench.ids("/v1/conversations/dm:a:b/messages", as: "a") }
        #expect(await bench.bench.history.tail(200).contains("the replica cannot be used"))
        try await bench.replica.restart()
        try await bench.isUsed()
        #expect(try await bench.ready().text == #"{"status":"ready"}"# + "\n")
        try await bench.stop()
    }

    @Test func whileThePrimaryIsAwayTheReplicaGoesOnAnswering() async throws {
        let bench = try await ReplicaBench.start(["DATABASE_READ_LAG": "3600"])
        let id = try await bench.say("dm:a:b", from: "a", "1", told: ["a", "b"])
        try await bench.replays(id)
        try await bench.bench.postgres.kill()
        try await eventually("history has noticed") { try await bench.ready().status == 503 }
        #expect(try await bench.ids("/v1/conversations/dm:a:b/messages", as: "a") == [id])
        try await bench.bench.postgres.restart()
        try await bench.stop()
    }

    @Test func aPromotedStandbyIsNoticedAndNothingOldIsReadFromIt() async throws {
        let bench = try await ReplicaBench.start(["DATABASE_READ_LAG": "1"])
        let path = "/v1/conversations/dm:a:b/messages"
        let first = try await bench.say("dm:a:b", from: "a", "1")
        try await bench.replays(first)
        try await bench.replica.sql("select pg_promote()")
        // It follows nobody any more.
        let second = try await bench.say("dm:a:b", from: "a", "2", told: ["a"])
        #expect(try await bench.ids(path, as: "a") == [second, first])
        try await eventually("nobody is answered by it") { try await bench.ids(path, as: "b") == [second, first] }
        try await eventually("the operator is told") {
            let answer = try await bench.ready()
            return answer.status == 200 && answer.text.contains("may have been promoted")
        }
        _ = try await bench.expect(.behind) { try await bench.ids(path, as: "b") }
        try await bench.stop()
    }

    @Test func anotherDatabaseIsNoReplicaThoughItIsFartherAhead() async throws {
        let other = try await PostgresServer.start()
        let foreign = try TestDatabase(url: other.url)
        _ = try await foreign.connection.migrate(Migration.all).get()
        try await foreign.store([message("dm:a:b", from: "a", november, data: "\"another's\"")])
        try await other.sql(
            """
            insert into history.positions (partition, ms, seq) select p, 99999999999999, 0 from generate_series(0, 15) p
            on conflict (partition) do update set ms = excluded.ms
            """)
        let bench = try await ReplicaBench.start(replica: other)
        let id = try await bench.say("dm:a:b", from: "a", "1")
        for _ in 0..<20 { #expect(try await bench.ids("/v1/conversations/dm:a:b/messages", as: "b") == [id]) }
        try await eventually("the operator is told") {
            let answer = try await bench.ready()
            return answer.status == 200 && answer.text.contains("no copy of the database")
        }
        #expect(try await bench.count(.replica) == 0)
        try await bench.stop()
    }

    @Test(arguments: [
        ("DATABASE_READ_URL", "mysql://nowhere"), ("DATABASE_READ_URL", "postgres://u@h:99999/d"),
        ("DATABASE_READ_LAG", "0"), ("DATABASE_READ_LAG", "soon"),
    ])
    func settingsThatCannotBeAreRefusedByName(name: String, value: String) async throws {
        let history = try ServiceProcess(
            "history",
            environment: [
                "REDIS_URL": "redis://127.0.0.1:1", "DATABASE_URL": "postgres://u@127.0.0.1:1/d",
                "AUTH_JWT_SECRET": "a secret of tests that is long enough", name: value,
            ])
        try await history.launch()
        #expect(try await history.waitForEnd() != 0)
        #expect(await history.output.contains(name))
    }
}
