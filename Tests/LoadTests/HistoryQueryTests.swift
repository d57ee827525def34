import TestStack
import Testing

@testable import History
@testable import LoadTest

/// What `loadtest history` measures queries with.
@Suite struct HistoryQueryTests {
    private let sample = QuerySample("7|dm:a:b|a|1793500000000|3|0|0|w7|2")!

    @Test func aSampleIsReadFromARowAndNothingElse() {
        #expect(
            sample.key == 7 && sample.name == "dm:a:b" && sample.user == "a" && sample.seq == 3 && sample.word == "w7"
                && sample.memberships == 2)
        #expect(QuerySample("7|dm:a:b|a|1793500000000|3|0|0|w7") == nil)
        #expect(QuerySample("x|dm:a:b|a|1793500000000|3|0|0|w7|2") == nil)
    }

    @Test(arguments: QueryCase.all.map(\.name))
    func theStatementsAreHistorysAndGetAllTheirParameters(name: String) throws {
        let query = try #require(QueryCase.all.first { $0.name == name })
        var ran: Set<String> = []
        // Where rows decide on what comes next, there are none.
        try query.run(sample) { step throws in
            ran.insert(step.file)
            let used = try Self.parametersUsed(step.file)
            #expect(used == step.parameters.count, "\(step.file)")
            return PlainRows.none
        }
        #expect(ran.isSubset(of: query.files))
        #expect(ran == Set(query.files).subtracting(["search_hits", "search_page"]))
    }

    /// The highest number of a parameter in a statement.
    private static func parametersUsed(_ file: String) throws -> Int {
        try QueryCase.sql(file).split(separator: "\n").filter { !$0.hasPrefix("--") }.joined(separator: "\n")
            .matches(of: #/\$(\d+)/#).compactMap { Int($0.output.1) }.max() ?? 0
    }

    @Test func theSessionIsSetUpAsHistorysAre() {
        #expect(PlainConnection.sessionParameters == Database.sessionParameters)
        #expect(PlainConnection.searchParameters == Database.searchParameters)
    }

    @Test func theHeadOfAnAnswerSaysHowLongItIs() {
        func head(_ text: String) -> [Int]? {
            KeepAliveClient.head(of: Array(text.utf8)).map { [$0.end, $0.length] }
        }
        #expect(head("HTTP/1.1 200 OK\r\nContent-Le") == nil)
        #expect(head("HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\nabc") == [39, 12])
        #expect(head("HTTP/1.1 304 Not Modified\r\n\r\n") == [29, 0])
    }

    @Test func aQuantileIsOneOfTheTimes() {
        var latencies = Latencies()
        #expect(latencies.quantile(0.5) == 0)
        for number in (1...100).reversed() { latencies.add(.milliseconds(number)) }
        #expect(latencies.summary == .init(count: 100, p50: 50, p99: 99))
        #expect(latencies.quantile(0) == 1 && latencies.quantile(1) == 100)
    }

    @Test func aSmallDatabaseIsFilledAndAnswersEveryQuery() async throws {
        let bed = try await HistoryBed.start(databaseURL: nil, writers: 2)
        var small = HistoryGeneration()
        (small.count, small.months) = (2000, 2)
        let generation = small
        try await generation.run(on: bed)
        #expect(try bed.count() == 2000)
        let result = try await QueryMeasurement(samples: 20, coldSamples: 0).run(on: bed)
        #expect(result.rows.map(\.name) == QueryCase.all.map(\.name))
        #expect(result.rows.allSatisfy { $0.warmREST.count == 20 && $0.warmSQL.count == 20 })
        // What is there already is not written over.
        await #expect(throws: InvalidRun.self) { try await generation.run(on: bed) }
        try await bed.stop()
    }
}
