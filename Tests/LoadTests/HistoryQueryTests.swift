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

    @Test func aSmallDatabaseIsFilledAndAnswersEveryQuery() async throws {
        let bed = try await HistoryBed.start(databaseURL: nil, writers: 2)
        var small = HistoryGeneration()
        (small.count, small.months) = (2000, 2)
        let generation = small
        try await generation.run(on: bed)
        #expect(try bed.count() == 2000)
        let outcome = try await QueryMeasurement(samples: 20, coldSamples: 0, connections: 2, seconds: 0.2).run(on: bed)
        #expect(outcome.steps.dropFirst().map(\.name) == QueryCase.all.map(\.name))
        #expect(outcome.invalid.isEmpty && outcome.violations.isEmpty)
        for step in outcome.steps.dropFirst() {
            #expect(step.latencies["one by one, warm, REST"]?.count == 20)
            #expect(step.latencies["one by one, warm, its SQL"]?.count == 20)
            #expect(step.count > 0 && step.count == step.latencies["request"]?.count)
        }
        #expect(outcome.budgets.count == QueryCase.all.count)
        // What is there already is not written over.
        await #expect(throws: InvalidRun.self) { try await generation.run(on: bed) }
        try await bed.stop()
    }
}
