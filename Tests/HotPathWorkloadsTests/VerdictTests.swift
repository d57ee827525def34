import FoundationEssentials
import HotPathWorkloads
import Testing

@Suite struct VerdictTests {
    private func verdict(_ usual: Double, _ measurement: Measurement?) -> Verdict {
        Verdict([(name: "ring: look", ratio: usual)], measurement.map { ["ring: look": $0] } ?? [:])
    }

    @Test func theUsualRatioPasses() {
        let verdict = verdict(4, Measurement(work: 400, reference: 100))
        #expect(verdict.failures.isEmpty)
        #expect(verdict.hints.isEmpty)
    }

    @Test func upToTheLimitItPasses() {
        #expect(verdict(4, Measurement(work: 1000, reference: 100)).failures.isEmpty)
    }

    @Test func beyondTheLimitItFailsWithNameRatioAndLimit() {
        let verdict = verdict(4, Measurement(work: 1010, reference: 100))
        #expect(
            verdict.failures == [
                "ring: look: takes 10.1 times its reference, the limit is 10.0 (2.50 times the usual 4.00)"
            ])
    }

    @Test func aSlowMachineIsSlowWithBoth() {
        #expect(verdict(4, Measurement(work: 400_000, reference: 100_000)).failures.isEmpty)
    }

    @Test func whatWasNotMeasuredFails() {
        #expect(verdict(4, nil).failures == ["ring: look: was not measured"])
        #expect(verdict(4, Measurement(work: 0, reference: 100)).failures == ["ring: look: was not measured"])
        #expect(verdict(4, Measurement(work: 100, reference: 0)).failures == ["ring: look: was not measured"])
    }

    @Test func whatHasBecomeMuchFasterPassesWithAHint() {
        let verdict = verdict(4, Measurement(work: 150, reference: 100))
        #expect(verdict.failures.isEmpty)
        #expect(verdict.hints.count == 1)
    }

    @Test func severalRunsCountAtTheirFastest() {
        let disturbed = Measurement(work: 3000, reference: 100, rate: 5, instructions: 70)
        let merged = disturbed.merged(with: Measurement(work: 400, reference: 120, rate: 9))
        #expect(merged == Measurement(work: 400, reference: 100, rate: 9, instructions: 70))
    }

    // MARK: What the benchmarks write

    private func written(_ name: String, work: Double, reference: Double, more: String = "") -> String {
        """
        {"benchmark":"package.benchmark.HotPaths.\(name)","mode":"thrpt",
        "primaryMetric":{"score":10,"scorePercentiles":{"0.0":30,"50.0":20}},
        "secondaryMetrics":{"work":{"scorePercentiles":{"0.0":\(work),"50.0":9e9}},
        "reference":{"scorePercentiles":{"0.0":\(reference)}}\(more)}}
        """
    }

    private func read(_ elements: String...) throws -> [JMHResult] {
        try JMHResult.read(Data("[\(elements.joined(separator: ","))]".utf8))
    }

    @Test func whatIsWrittenIsReadAtItsFastest() throws {
        let name = Workload.all[0].name
        let run = try read(written(name.replacing(" ", with: "_"), work: 5000, reference: 2000))
        let measurement = try #require(Verdict([run]).rows.first { $0.name == name }?.measurement)
        #expect(measurement == Measurement(work: 5, reference: 2, rate: 20_000))
    }

    @Test func runsAreMerged() throws {
        let name = Workload.all[0].name.replacing(" ", with: "_")
        let runs = [
            try read(written(name, work: 50_000, reference: 2000)),
            try read(written(name, work: 6000, reference: 3000)),
        ]
        #expect(Verdict(runs).rows[0].measurement?.ratio == 3)
    }

    @Test func instructionsCountWhereTheMachineCountsThem() throws {
        let name = Workload.all[0].name.replacing(" ", with: "_")
        for (count, expected) in [("7000", 7.0), ("0", nil)] as [(String, Double?)] {
            let more = #","Instructions":{"scorePercentiles":{"0.0":\#(count)}}"#
            let verdict = Verdict([try read(written(name, work: 5000, reference: 2000, more: more))])
            #expect(verdict.rows[0].measurement?.instructions == expected)
        }
    }

    @Test func whatIsMissingInTheFileFails() throws {
        #expect(Verdict([try read()]).failures.count == Workload.all.count)
        #expect(throws: (any Error).self) { try JMHResult.read(Data("no JSON".utf8)) }
    }

    @Test func theTableShowsWhatCannotBeMeasuredAsSuch() {
        let measured = Measurement(work: 12.34, reference: 1234.5, rate: 1_234_567)
        let lines = Table.lines(verdict(4, nil).rows + verdict(0.4, measured).rows)
        #expect(lines.count == 3)
        #expect(Set(lines.map(\.count)).count == 1)
        #expect(lines[1].contains("10.0"))
        for figure in ["12.3", "1,235", "0.010", "1.00", "1,234,567"] {
            #expect(lines[2].contains(figure), "\(lines[2])")
        }
    }
}
