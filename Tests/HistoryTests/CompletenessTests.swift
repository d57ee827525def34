import Messaging
import TestStack
import Testing

@testable import History

/// What a page promises by having no `next`, also while the database is slower than the log.
@Suite(.serialized) struct CompletenessTests {
    /// Keeps messages from being stored, and lets them be read, until `body` is over.
    private func held<Value>(_ bench: HistoryBench, _ body: () async throws -> Value) async throws -> Value {
        async let holder: Void? = try? bench.postgres.lines(
            "begin; lock table history.messages in exclusive mode; select pg_sleep(3600)"
        ) { _ in }
        let lock = "select pid from pg_locks where mode = 'ExclusiveLock' and relation = 'history.messages'::regclass"
        try await eventually("messages are locked") {
            try await bench.postgres.sql(lock + " and granted").count == 1
        }
        let value = try await body()
        try await bench.postgres.sql("select pg_terminate_backend(pid) from (\(lock)) p")
        _ = await holder
        return value
    }

    private struct Part: Equatable {
        var ids: [String]
        var next: String?

        init(_ ids: [String], next: String?) {
            self.ids = ids
            self.next = next
        }
    }

    private func page(_ answer: HTTPClient.Answer) throws -> Part {
        #expect(answer.status == 200, "\(answer.text)")
        let json = try answer.json()
        return Part(
            json["messages"]?.array?.compactMap { $0["id"]?.string } ?? [], next: json["next"]?.string)
    }

    @Test func whatWasAcceptedBeforeTheRequestIsInThePagesOrTheySayToAskAgain() async throws {
        let bench = try await HistoryBench.start()
        let first = "\(try await bench.append("dm:a:b", from: "a", data: "1"))"
        try await bench.settle()
        let path = "/v1/conversations/dm:a:b/messages"
        let second = try await held(bench) {
            let second = "\(try await bench.append("dm:a:b", from: "a", data: "2"))"
            for path in ["/v1/sync?after=0", "\(path)?after=0"] {
                let late = try await page(bench.get(path, as: "b"))
                #expect(late.ids == [first] && late.next == first, "\(path)")
                let later = try await page(bench.get(path.replacing("=0", with: "=\(first)"), as: "b"))
                #expect(later.ids.isEmpty && later.next == first, "\(path)")
            }
            // Going back needs no end, and an id below what is missing is there.
            #expect(try await page(bench.get(path, as: "b")) == Part([first], next: nil))
            #expect(try await page(bench.get("\(path)?at_least=\(first)", as: "b")) == Part([first], next: nil))
            let refused = try await bench.get("\(path)?at_least=\(second)", as: "b")
            #expect(refused.status == 503)
            #expect(refused.header("retry-after") != nil)
            #expect(try refused.json()["detail"]?.string?.hasPrefix("at_least") == true)
            return second
        }
        #expect(try await page(bench.get("/v1/sync?after=0", as: "b")) == Part([first, second], next: nil))
        #expect(try await page(bench.get("\(path)?after=0", as: "b")) == Part([first, second], next: nil))
        #expect(try await page(bench.get("\(path)?at_least=\(second)", as: "b")) == Part([second, first], next: nil))
        try await bench.stop()
    }

    @Test func anIdThatCannotBeYetIsRefused() async throws {
        let bench = try await HistoryBench.shared.value
        for path in ["/v1/conversations", "/v1/conversations/dm:a:b/messages"] {
            for id in ["99999999999999-0", "soon"] {
                let answer = try await bench.get("\(path)?at_least=\(id)", as: "a")
                #expect(answer.status == 400)
                #expect(try answer.json()["detail"]?.string?.hasPrefix("at_least") == true)
            }
        }
    }

    @Test func withoutRedisTheLastPageIsNotCalledTheLast() async throws {
        let bench = try await HistoryBench.start()
        let id = "\(try await bench.append("dm:a:b", from: "a", data: "1"))"
        try await bench.settle()
        try await bench.redis.kill()
        let path = "/v1/conversations/dm:a:b/messages"
        try await eventually("history has noticed") {
            try await page(bench.get("\(path)?after=0", as: "b")) == Part([id], next: id)
        }
        #expect(try await bench.get("\(path)?after=\(id)", as: "b").status == 503)
        #expect(try await page(bench.get(path, as: "b")) == Part([id], next: nil))
        try await bench.redis.restart()
        try await bench.stop()
    }
}
