import Testing

@testable import LoadTest

@Suite struct ComparisonTests {
    private func report(rate: Int, p99: Double, extra: [LoadReport.Figure] = []) -> LoadReport {
        var report = LoadReportTests.empty
        var step = LoadReport.Step(name: "one-to-one", seconds: 1, unit: "messages", count: rate)
        step.latencies = [
            "delivery": .init(count: 1, mean: 1, p50: 0.5, p90: 1, p99: p99, p999: p99, max: p99)
        ]
        step.processes = [.init(name: "redis", isServer: true, cpuSeconds: 1, microseconds: 10, residentBytes: 1)]
        step.figures = extra
        report.steps = [step]
        return report
    }

    @Test func eachFigureIsDividedByWhatItWas() {
        let rows = Comparison(old: report(rate: 1000, p99: 4), new: report(rate: 1500, p99: 2)).rows
        func ratio(_ name: String) -> Double? { rows.first { $0.name == name }?.ratio }
        #expect(ratio("one-to-one: messages/s") == 1.5)
        #expect(ratio("one-to-one: delivery p99 ms") == 0.5)
        #expect(ratio("one-to-one: delivery p50 ms") == 1)
        #expect(ratio("one-to-one: redis µs each") == 1)
    }

    @Test func whatOnlyOneOfTheTwoHasIsNamed() {
        let old = report(rate: 1, p99: 1, extra: [.init(name: "gone", value: 1, unit: "s")])
        var new = report(rate: 1, p99: 1, extra: [.init(name: "come", value: 1, unit: "s")])
        new.steps.append(.init(name: "groups", seconds: 1, unit: "deliveries", count: 1))
        let comparison = Comparison(old: old, new: new)
        #expect(comparison.missing == ["the step groups", "one-to-one: gone s", "one-to-one: come s"])
        #expect(comparison.text.contains("only in one of the two: one-to-one: gone s"))
    }

    @Test func thereIsNoRatioToNought() {
        let comparison = Comparison(old: report(rate: 0, p99: 1), new: report(rate: 5, p99: 1))
        #expect(comparison.rows[0].ratio == nil && comparison.text.contains("–"))
    }
}
