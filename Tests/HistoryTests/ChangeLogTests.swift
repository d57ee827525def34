import Messaging
import RedisStreams
import TestStack
import Testing

@testable import History

/// A real history that is asked for changes, killed and stopped while it answers.
@Suite struct ChangeLogTests {
    private static let conversation = Conversation("dm:a:b")!

    private func edit(_ message: MessageID, _ data: String, n: UInt64 = 1, by user: String = "a") -> LogEntry {
        LogEntry(
            kind: .edit, conversation: Self.conversation, from: user, device: "phone", n: n, data: Array(data.utf8),
            change: LogEntry.Change(message: message))
    }

    /// What history has answered, in the order of the log.
    private func answers(_ bench: HistoryBench) async throws -> [LogEntry] {
        let key = bench.keys.log(bench.partition(Self.conversation))
        return try await (bench.command("XRANGE", .text(key), "-", "+").array ?? [])
            .compactMap { entry in
                try? LogEntry(fields: StreamFields((entry.array?[1].array ?? []).map { $0.data ?? [] }))
            }
            .filter { [.edited, .deleted, .refused].contains($0.kind) }
    }

    /// The log is cut behind both readers: without a router nothing is.
    private func messages(_ bench: HistoryBench, _ count: Int) async throws -> [MessageID] {
        let entry = LogEntry(
            kind: .message, conversation: Self.conversation, from: "a", device: "", n: 0, data: Array("0".utf8))
        return try await bench.append(Array(repeating: entry, count: count))
    }

    @Test func everyWishIsAnsweredInOrderAlsoInTheBatchOfItsMessage() async throws {
        let bench = try await HistoryBench.start()
        let id = try await messages(bench, 1)[0]
        let asked = try await bench.append([
            edit(id, "1"), edit(id, "2", by: "b"), edit(MessageID(milliseconds: 5, sequence: 0), "3"), edit(id, "4"),
        ])
        try await bench.settle()
        let answers = try await answers(bench)
        #expect(answers.map(\.kind) == [.edited, .refused, .refused, .edited])
        #expect(answers.map(\.change?.id) == asked)
        #expect(answers.map(\.change?.code) == [nil, .forbidden, .notFound, nil])
        #expect(answers.map { String(decoding: $0.data, as: UTF8.self) }.last == "4")
        #expect(try await bench.postgres.sql("select data from history.messages") == ["4"])
        let metrics = try await HTTPClient.get(bench.history.url + "/metrics").text
        #expect(metrics.contains("history_changes_total{verdict=\"done\"} 2"))
        try await bench.stop()
    }

    @Test func aHistoryThatDiedBetweenChangeAndAnswerAnswersOnceWhenItIsBack() async throws {
        let bench = try await HistoryBench.start()
        let id = try await messages(bench, 1)[0]
        try await bench.settle()
        try await bench.history.kill()
        let asked = try await bench.append([edit(id, "1")])[0]
        // What it had done when it died.
        let verdict = try await bench.postgres.sql(
            """
            select * from history.apply_changes(array['dm:a:b'], array[\(id.milliseconds)], array[\(id.sequence)::int],
                array['a'], array[\(asked.milliseconds)], array[\(asked.sequence)::int], array[0], array['1'],
                86400000, 86400000, false)
            """)
        #expect(verdict == ["done"])
        try await bench.history.start()
        try await bench.settle()
        #expect(try await answers(bench).map(\.kind) == [.edited])
        // And once more, from before: its position was lost, too.
        try await bench.history.kill()
        _ = try await bench.command(
            "HDEL", .text(bench.keys.position(bench.partition(Self.conversation), group: "history")), "id")
        try await bench.history.start()
        try await bench.settle()
        #expect(try await answers(bench).map(\.kind) == [.edited])
        #expect(try await bench.postgres.sql("select data from history.messages") == ["1"])
        try await bench.stop()
    }

    @Test func aHistoryKilledWhileItAnswersAnswersEachOnce() async throws {
        let bench = try await HistoryBench.start()
        let ids = try await messages(bench, 20)
        var asked: [MessageID] = []
        for round in 0..<3 {
            asked += try await bench.append(
                (0..<300).map { edit(ids[$0 % 20], "\(round * 1000 + $0)", by: $0 % 7 == 0 ? "b" : "a") })
            try await bench.history.killAndRestart()
        }
        try await bench.settle()
        let answers = try await answers(bench)
        #expect(answers.map(\.change?.id) == asked)
        #expect(answers.count { $0.kind == .refused } == 3 * 43)
        let data = try await bench.postgres.sql("select data from history.messages order by ms, seq")
        // The last one by the sender of each.
        let expected = (0..<20).map { place in
            "\(2000 + (0..<300).last { $0 % 20 == place && $0 % 7 != 0 }!)"
        }
        #expect(data == expected)
        try await bench.stop()
    }

    @Test func aHistoryThatStoodStillAndItsSuccessorAnswerEachOnce() async throws {
        let bench = try await HistoryBench.start()
        let ids = try await messages(bench, 10)
        try await bench.settle()
        let second = try ServiceProcess(
            "history", name: "history-2",
            environment: [
                "REDIS_URL": bench.redis.url, "DATABASE_URL": bench.postgres.url,
                "AUTH_JWT_SECRET": "a secret of tests that is long enough",
            ])
        try await second.start()
        var asked: [MessageID] = []
        for round in 0..<4 {
            asked += try await bench.append((0..<200).map { edit(ids[$0 % 10], "\(round * 1000 + $0)") })
            let stopped = round % 2 == 0 ? bench.history : second
            await stopped.suspend()
            asked += try await bench.append((0..<20).map { edit(ids[$0 % 10], "\(round * 1000 + 500 + $0)") })
            // The other one takes over when the lease is over.
            try await bench.settle(within: .seconds(60))
            await stopped.resume()
        }
        try await bench.settle()
        #expect(try await answers(bench).map(\.change?.id) == asked)
        #expect(
            try await bench.postgres.sql("select data from history.messages order by ms, seq")
                == (0..<10).map { "\(3510 + $0)" })
        try await second.stop()
        try await bench.stop()
    }

    @Test func anEditThatPostgresRefusesIsPutAsideAndTheOthersAreAnswered() async throws {
        let bench = try await HistoryBench.start()
        let ids = try await messages(bench, 3)
        try await bench.settle()
        try await bench.postgres.sql(
            "alter table history.messages add constraint sober check (data not like '%drunk%')")
        let asked = try await bench.append([edit(ids[0], "1"), edit(ids[1], "\"drunk\""), edit(ids[2], "3")])
        try await bench.settle()
        #expect(try await answers(bench).map(\.change?.id) == [asked[0], asked[2]])
        let partition = bench.partition(Self.conversation)
        let dead = bench.keys.deadLetters(partition, group: "history")
        let letters = try await bench.command("XRANGE", .text(dead), "-", "+").array ?? []
        #expect(letters.map { $0.array?[1].array?[1].string } == [asked[1].description])
        try await bench.postgres.sql("alter table history.messages drop constraint sober")
        try await bench.replay(MessageID(letters[0].array?[0].string ?? "")!, partition: partition)
        try await bench.settle()
        // It is known by the id that it was accepted with.
        #expect(try await answers(bench).map(\.change?.id) == [asked[0], asked[2], asked[1]])
        #expect(
            try await bench.postgres.sql("select data from history.messages order by ms, seq")
                == ["1", "\"drunk\"", "3"])
        try await bench.stop()
    }

    @Test func whoHasJustSentAMessageChangesItAtOnce() async throws {
        let bench = try await HistoryBench.shared.value
        for number in 0..<20 {
            let id = try await bench.append("dm:hasty:peer", from: "hasty", data: "1")
            let path = "/v1/conversations/dm:hasty:peer/messages/\(id)"
            let method = number.isMultiple(of: 2) ? "PATCH" : "DELETE"
            let answer = try await bench.request(method, path, as: "hasty", body: #"{"data":2}"#)
            #expect(answer.status == 202, "\(answer.text)")
        }
        // What cannot be yet is not waited for.
        let future = "/v1/conversations/dm:hasty:peer/messages/9999999999999-0"
        #expect(try await bench.request("DELETE", future, as: "hasty").status == 404)
    }

    @Test func aKeyIsARepeatForTheSameMessageAndRequestOnly() async throws {
        let bench = try await HistoryBench.shared.value
        let ids = [
            try await bench.append("dm:keys:peer", from: "keys", data: "1"),
            try await bench.append("dm:keys:peer", from: "keys", data: "2"),
        ]
        func change(_ method: String, _ place: Int) async throws -> String {
            let answer = try await bench.request(
                method, "/v1/conversations/dm:keys:peer/messages/\(ids[place])", as: "keys",
                headers: ["Idempotency-Key": "k"], body: #"{"data":3}"#)
            return try answer.json()["change"]?.string ?? answer.text
        }
        let first = try await change("PATCH", 0)
        #expect(try await change("PATCH", 0) == first)
        let others = [try await change("PATCH", 1), try await change("DELETE", 0), try await change("DELETE", 1)]
        #expect(Set(others + [first]).count == 4)
        try await bench.settle()
        for id in ids {
            let message = try await bench.get("/v1/conversations/dm:keys:peer/messages/\(id)", as: "keys").json()
            #expect(message["deleted"]?.integer != nil)
        }
    }

    @Test func overRESTWhatIsPlainToSeeIsRefusedAtOnce() async throws {
        let bench = try await HistoryBench.start(["EDIT_WINDOW": "1h", "DELETE_WINDOW": "0", "MESSAGE_LIMIT": "1000"])
        let id = try await messages(bench, 1)[0]
        try await bench.settle()
        let path = "/v1/conversations/dm:a:b/messages/\(id)"
        func call(
            _ method: String, _ path: String, as user: String, scopes: [String] = [], _ body: String? = nil,
            headers: [String: String] = [:]
        ) async throws -> HTTPClient.Answer {
            let token = try Token(user: user, scopes: scopes).signed("a secret of tests that is long enough")
            return try await HTTPClient.request(
                method, bench.history.url + path, token: token, headers: headers, body: body)
        }
        let edited = try await call("PATCH", path, as: "a", #"{"data": [1.0] }"#, headers: ["Idempotency-Key": "k"])
        #expect(edited.status == 202)
        let change = try #require(try edited.json()["change"]?.string)
        #expect(try edited.json()["id"]?.string == id.description)
        let again = try await call("PATCH", path, as: "a", #"{"data": [1.0] }"#, headers: ["Idempotency-Key": "k"])
        #expect(again.text == edited.text)
        try await bench.settle()
        #expect(try await answers(bench).map(\.change?.id?.description) == [change])
        let message = try await bench.get(path, as: "b")
        #expect(message.text.contains(#""data":[1.0],"edited":\#(change.prefix { $0 != "-" })}"#))

        #expect(try await call("PATCH", path, as: "b", #"{"data":1}"#).status == 403)
        #expect(try await call("PATCH", path, as: "eve", #"{"data":1}"#).status == 403)
        #expect(try await call("DELETE", path, as: "a").status == 403)
        #expect(try await call("PATCH", "/v1/conversations/dm:a:b/messages/5-0", as: "a", #"{"data":1}"#).status == 404)
        let nowhere = "/v1/conversations/group:none/messages/5-0"
        #expect(try await call("DELETE", nowhere, as: "root", scopes: ["admin"]).status == 404)
        for body in ["", "[]", "{}", #"{"data":}"#] {
            let answer = try await call("PATCH", path, as: "a", body)
            #expect(answer.status == 400, "\(body)")
            #expect(answer.header("content-type") == "application/problem+json")
        }
        let long = #"{"data":"\#(String(repeating: "x", count: 1000))"}"#
        #expect(try await call("PATCH", path, as: "a", long).status == 413)

        #expect(try await call("DELETE", path, as: "root", scopes: ["admin"]).status == 202)
        try await bench.settle()
        #expect(try await call("PATCH", path, as: "a", #"{"data":1}"#).status == 409)
        #expect(try await call("DELETE", path, as: "root", scopes: ["admin"]).status == 409)
        let tombstone = try await bench.get(path, as: "b").json()
        #expect(tombstone["data"]?.isNull == true && tombstone["deleted"]?.integer != nil && tombstone["edited"] == nil)
        try await bench.stop()
    }
}
