import Messaging
import TestStack
import Testing

/// Exports of a real history, with clients that read as they like.
@Suite(.serialized) struct ExportProcessTests {
    /// A history that has a conversation of so many messages of 1,500 bytes.
    private func bench(_ count: Int, _ environment: [String: String] = [:]) async throws -> HistoryBench {
        let bench = try await HistoryBench.start(environment)
        let id = try await bench.append("dm:large-a:large-b", from: "large-a", data: "1")
        try await bench.settle()
        try await bench.postgres.sql(
            """
            insert into history.messages (conversation, ms, seq, sender, data)
            select c.key, \(id.milliseconds) - 1, i, 'large-a', '"' || repeat('x', 1500) || '"'
            from history.conversations c cross join generate_series(1, \(count - 1)) i where c.name = 'dm:large-a:large-b'
            """)
        return bench
    }

    private let path = "/v1/conversations/dm:large-a:large-b/export"

    private func start(_ bench: HistoryBench) async throws -> HTTPDownload {
        try await HTTPDownload.start(bench.history.url + path, token: try bench.token("large-b"))
    }

    private func metric(_ name: String, _ bench: HistoryBench) async throws -> Int {
        let metrics = try await HTTPClient.get(bench.history.url + "/metrics", within: .seconds(60)).text
        let line = try #require(metrics.split(separator: "\n").first { $0.hasPrefix(name + " ") })
        return Int(Double(line.dropFirst(name.count + 1)) ?? -1)
    }

    private func resident(_ bench: HistoryBench) async throws -> Int {
        let pid = try #require(await bench.history.pid)
        return try #require(ProcessProbe(pid: pid)).resident
    }

    @Test func aLargeExportIsWholeAndTakesNoMemory() async throws {
        let count = 10_000
        let bench = try await bench(count)
        // What everything needs once.
        let small = try await bench.get("/v1/conversations/dm:large-a:large-b/messages?limit=200", as: "large-b")
        #expect(small.status == 200)
        let before = try await resident(bench)
        var most = before
        let download = try await start(bench)
        try await eventually("the export has come to its end", within: .seconds(600)) {
            most = max(most, try await resident(bench))
            return download.state.isClosed
        }
        let state = download.state
        #expect(state.status == 200 && state.isWhole)
        #expect(state.lines == count + 2)
        #expect(state.lastLine == #"{"type":"complete","messages":\#(count)}"#)
        // More went through it than it may take: in debug builds that is slow, so it is no more than shows it.
        #expect(state.bytes > 15_000_000)
        #expect(most - before < 8 << 20, "\(before >> 20) MiB before, at most \(most >> 20) MiB")
        try await bench.stop()
    }

    @Test func whoStopsReadingStopsTheServerAndWhoHangsUpMakesRoom() async throws {
        let bench = try await bench(10_000, ["EXPORTS": "1"])
        let download = try await start(bench)
        try await eventually("it has begun") { download.state.lines > 100 }
        try await download.stopReading()
        #expect(try await metric("history_exports_running", bench) == 1)
        // What fits between the two has been sent; then no more is read from the database.
        let name = #"history_query_duration_seconds_count{query="messages_after"}"#
        var queries = -1
        var steady = 0
        try await eventually("nothing more is read", within: .seconds(120)) {
            let now = try await metric(name, bench)
            steady = now == queries ? steady + 1 : 0
            queries = now
            return steady >= 20
        }
        #expect(queries < 80, "all of it was read for somebody who does not read")
        for (user, status) in [("large-a", 503), ("large-b", 429)] {
            let refused = try await bench.get(path, as: user)
            #expect(refused.status == status)
            #expect(refused.header("retry-after") == "10")
        }
        download.hangUp()
        try await eventually("there is room again", within: .seconds(60)) {
            try await metric("history_exports_running", bench) == 0
        }
        #expect(try await metric(#"history_exports_total{end="aborted"}"#, bench) == 1)
        #expect(try await metric(#"history_exports_total{end="refused"}"#, bench) == 2)
        // And the next one is whole.
        let next = try await start(bench)
        try await eventually("the next one has come to its end", within: .seconds(600)) { next.state.isClosed }
        #expect(next.state.isWhole && next.state.lines == 10_002)
        #expect(try await metric(#"history_exports_total{end="complete"}"#, bench) == 1)
        try await bench.stop()
    }

    @Test func whoReadsOnAfterAPauseGetsAllOfIt() async throws {
        let bench = try await bench(10_000)
        let download = try await start(bench)
        for lines in [100, 3000] {
            try await eventually("\(lines) lines have come", within: .seconds(300)) { download.state.lines > lines }
            try await download.stopReading()
            // Whatever was under way may come, and then nothing does until it is asked for.
            let name = #"history_query_duration_seconds_count{query="messages_after"}"#
            var (queries, steady) = (-1, 0)
            try await eventually("nothing more is read", within: .seconds(120)) {
                let now = try await metric(name, bench)
                steady = now == queries ? steady + 1 : 0
                queries = now
                return steady >= 10
            }
            try await download.readOn()
        }
        try await eventually("it has come to its end", within: .seconds(600)) { download.state.isClosed }
        #expect(download.state.isWhole && download.state.lines == 10_002)
        try await bench.stop()
    }

    @Test func aHistoryThatIsStoppedMeanwhileCutsItOffVisibly() async throws {
        let bench = try await bench(10_000)
        let download = try await start(bench)
        try await eventually("it has begun") { download.state.lines > 100 }
        try await download.stopReading()
        // Nobody waits for somebody who does not read.
        #expect(try await bench.history.stop(within: .seconds(60)) == 0)
        try await download.readOn()
        try await eventually("the connection is gone", within: .seconds(60)) { download.state.isClosed }
        #expect(!download.state.isWhole)
        #expect(!download.state.lastLine.contains("complete"))
        try await bench.stop()
    }
}
