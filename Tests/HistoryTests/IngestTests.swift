import Messaging
import RedisStreams
import TestStack
import Testing

@testable import History

/// A real history, its stores killed and started again, its log fed with what it should never see.
@Suite struct IngestTests {
    @Test func aPostgresKilledUnderLoadLosesAndRepeatsNothing() async throws {
        let bench = try await HistoryBench.start()
        var sent: [(MessageID, LogEntry)] = []
        for round in 0..<3 {
            for part in 0..<10 {
                let entries = HistoryBench.messages(500, from: round * 10_000 + part * 500)
                sent += zip(try await bench.append(entries), entries)
                if part == 5 { try await bench.postgres.kill() }
            }
            try await eventually("readiness says that Postgres is away") {
                let answer = try await HTTPClient.get(bench.history.url + "/readyz")
                return answer.status == 503 && answer.text.contains("postgres")
            }
            #expect(try await bench.get("/v1/conversations", as: "a").status == 503)
            try await bench.postgres.restart()
        }
        try await bench.settle()
        try await bench.check(sent)
        try await bench.history.waitUntilReady()
        try await bench.stop()
    }

    @Test func aHistoryKilledUnderLoadGoesOnWhereItWas() async throws {
        let bench = try await HistoryBench.start()
        var sent: [(MessageID, LogEntry)] = []
        for round in 0..<3 {
            let entries = HistoryBench.messages(5000, from: round * 5000)
            sent += zip(try await bench.append(entries), entries)
            try await bench.history.killAndRestart()
        }
        try await bench.settle()
        try await bench.check(sent)
        try await bench.stop()
    }

    @Test func twoHistoriesStartedAtOnceShareTheWork() async throws {
        let bench = try await HistoryBench.start(startsHistory: false)
        let second = try ServiceProcess(
            "history", name: "history-2",
            environment: [
                "REDIS_URL": bench.redis.url, "DATABASE_URL": bench.postgres.url,
                "AUTH_JWT_SECRET": "a secret of tests that is long enough",
            ])
        async let one: Void = bench.history.start()
        async let other: Void = second.start()
        _ = try await (one, other)
        let entries = HistoryBench.messages(5000)
        let sent = Array(zip(try await bench.append(entries), entries))
        try await bench.settle()
        try await bench.check(sent)
        try await second.stop()
        try await bench.stop()
    }

    @Test func aPostgresThatIsNotThereYetIsWaitedFor() async throws {
        let bench = try await HistoryBench.start(startsHistory: false)
        try await bench.postgres.stop()
        try await bench.history.launch()
        let entries = HistoryBench.messages(100)
        let sent = Array(zip(try await bench.append(entries), entries))
        try await eventually("readiness says why") {
            let answer = try? await HTTPClient.get(bench.history.url + "/readyz")
            return answer?.status == 503 && answer?.text.contains("refused") == true
        }
        #expect(try await HTTPClient.get(bench.history.url + "/healthz").status == 200)
        #expect(try await bench.get("/v1/conversations", as: "a").status == 503)
        try await bench.postgres.restart()
        try await bench.history.waitUntilReady()
        try await bench.settle()
        try await bench.check(sent)
        try await bench.stop()
    }

    @Test func aStopIsOrderlyAlsoWhilePostgresIsAway() async throws {
        let bench = try await HistoryBench.start()
        try await bench.postgres.kill()
        try await bench.append(HistoryBench.messages(2000))
        try await eventually("a batch fails") {
            try await HTTPClient.get(bench.history.url + "/readyz").text.contains("ingest")
        }
        #expect(try await bench.history.stop() == 0)
        try await bench.stop()
    }

    @Test func whatCanNeverBeStoredIsPutAsideAndHoldsNothingUp() async throws {
        let bench = try await HistoryBench.start()
        let conversation = Conversation("dm:a:b")!
        let partition = bench.partition(conversation)
        func fields(_ data: String, type: String = "message", conversation: String = "dm:a:b") -> [String] {
            ["type", type, "conversation", conversation, "from", "a", "device", "d", "n", "1", "data", data]
        }
        var sent: [(MessageID, LogEntry)] = []
        var bad: [MessageID] = []
        func good() async throws {
            let entry = LogEntry(
                kind: .message, conversation: conversation, from: "a", device: "d", n: 1, data: Array("1".utf8))
            sent.append((try await bench.append([entry])[0], entry))
        }
        for broken in [
            fields("\"nul \0\""), ["nonsense", "1"], fields("1", type: "other"), fields("1", conversation: "dm:b:a"),
            fields("{}", type: "member", conversation: "group:g"), fields("yesterday", type: "read"),
            fields("1", type: "member"),
        ] {
            try await good()
            bad.append(try await bench.appendRaw(broken, partition: partition))
        }
        let invalid = try await bench.command(
            "XADD", .text(bench.keys.log(partition)), "*", "type", "message", "conversation", "dm:a:b", "from", "a",
            "device",
            "d", "n", "1", "data", .bytes([0x22, 0xff, 0x22]))
        bad.append(MessageID(invalid.string!)!)
        try await good()
        try await bench.settle()
        try await bench.check(sent)
        let dead = try await bench.command(
            "XRANGE", .text(bench.keys.deadLetters(partition, group: "history")), "-", "+")
        let ids = dead.array?.compactMap { $0.array?[1].array?[1].string }
        #expect(Set(ids ?? []) == Set(bad.map(\.description)))
        #expect(ids?.count == bad.count)
        #expect(dead.array?.allSatisfy { $0.array?[1].array?.contains(.bytes(Array("reason".utf8))) == true } == true)
        let metrics = try await HTTPClient.get(bench.history.url + "/metrics").text
        #expect(metrics.contains("history_dead_letters_total{reason=\"unreadable\"} \(bad.count)"))
        #expect(await bench.history.output.contains("put aside"))
        try await bench.stop()
    }

    @Test func whatPostgresRefusesIsPutAsideAndStoredUnderItsIdWhenItIsReplayed() async throws {
        let bench = try await HistoryBench.start()
        try await bench.append("dm:a:b", from: "a", data: "0")
        try await bench.settle()
        try await bench.postgres.sql(
            "alter table history.messages add constraint sober check (data not like '%drunk%')")
        var sent: [(MessageID, LogEntry)] = []
        for number in 1...50 {
            let entry = LogEntry(
                kind: .message, conversation: Conversation("dm:a:b")!, from: "a", device: "d", n: 1,
                data: Array((number % 20 == 7 ? "\"drunk \(number)\"" : "\(number)").utf8))
            sent.append((try await bench.append([entry])[0], entry))
        }
        try await bench.settle()
        let stored = "select count(*) from history.messages"
        #expect(try await bench.postgres.sql(stored) == ["48"])
        let partition = bench.partition(Conversation("dm:a:b")!)
        let dead = bench.keys.deadLetters(partition, group: "history")
        let letters = try await bench.command("XRANGE", .text(dead), "-", "+").array ?? []
        #expect(
            letters.map { $0.array?[1].array?[1].string } == [
                sent[6].0.description, sent[26].0.description, sent[46].0.description,
            ])
        #expect(letters.allSatisfy { $0.array?[1].array?[3].string == "refused" })
        try await bench.postgres.sql("alter table history.messages drop constraint sober")
        // One of them twice, as by two operators: the second finds it gone.
        for letter in letters + [letters[0]] {
            let id = MessageID(letter.array?[0].string ?? "")!
            try await bench.replay(id, partition: partition)
        }
        try await bench.settle()
        let order = "select data from history.messages order by ms, seq"
        #expect(
            try await bench.postgres.sql(order)
                == ["0"] + sent.map { String(decoding: $0.1.data, as: UTF8.self) })
        #expect(try await bench.command("XLEN", .text(dead)) == .integer(0))
        try await bench.stop()
    }

    @Test func whatWasRemovedByHandIsMadeAgain() async throws {
        let bench = try await HistoryBench.start()
        try await bench.append(HistoryBench.messages(10))
        try await bench.settle()
        try await bench.postgres.sql(
            "do $$ declare t text; begin for t in select inhrelid::regclass from pg_inherits where inhparent = 'history.messages'::regclass loop execute 'drop table ' || t; end loop; end $$; truncate history.conversations"
        )
        let entries = HistoryBench.messages(10, from: 10)
        let sent = Array(zip(try await bench.append(entries), entries))
        try await bench.settle()
        try await bench.check(sent)
        try await bench.stop()
    }

    @Test(arguments: [
        ["DATABASE_URL": ""], ["DATABASE_URL": "mysql://localhost/x"],
        ["DATABASE_URL": "postgres://user:hunter2@host:x/y"],
        ["DATABASE_CONNECTIONS": "0"], ["PORT": "70000"], ["PARTITIONS": "0"],
    ])
    func aWrongSettingEndsItWithTheRemedy(setting: [String: String]) async throws {
        let environment = [
            "REDIS_URL": "redis://127.0.0.1:1", "DATABASE_URL": "postgres://127.0.0.1:1/x",
            "AUTH_JWT_SECRET": "a secret of tests that is long enough",
        ]
        let history = try ServiceProcess("history", environment: environment.merging(setting) { $1 })
        try await history.launch()
        #expect(try await history.waitForEnd() == 64)
        let output = await history.output
        #expect(output.contains(setting.keys.first!))
        #expect(!output.contains("hunter2"))
    }
}
