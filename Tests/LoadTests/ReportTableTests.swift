import Testing

@testable import LoadTest

@Suite struct ReportTableTests {
    @Test(arguments: [
        (0.0, "0"), (0.1234, "0.12"), (3, "3"), (9.999, "10.0"), (12.34, "12.3"), (99.96, "100"), (123.4, "123"),
        (999.6, "1,000"), (28_000, "28,000"), (1_234_567.8, "1,234,568"), (-1234, "-1,234"), (.infinity, "–"),
        (.nan, "–"),
    ])
    func numbersHaveThreeDigitsOrAllBeforeThePoint(value: Double, text: String) {
        #expect(ReportTable.number(value) == text)
    }

    @Test func theFirstColumnIsToTheLeftAndTheOthersToTheRight() {
        #expect(
            ReportTable.columns([["name", "p50"], ["a", "1,234"], ["longer name"]]) == [
                "name           p50", "a            1,234", "longer name",
            ])
        #expect(ReportTable.columns([]).isEmpty)
    }

    @Test func everythingFoundIsInTheText() {
        var report = LoadReportTests.empty
        var step = LoadReport.Step(
            name: "one-to-one at 5,000/s", seconds: 2, unit: "messages", count: 9000, wanted: 5000)
        var recorder = LatencyRecorder()
        recorder.add(nanoseconds: 2_000_000)
        step.latencies = ["delivery": recorder.latency]
        step.processes = [
            .init(name: "edge-1", isServer: true, cpuSeconds: 0.9, microseconds: 100, residentBytes: 3 << 20)
        ]
        step.figures = [.init(name: "client at work", value: 12, unit: "%")]
        report.steps = [step]
        report.budgets = [
            Budget(name: "p99", unit: "ms", better: .lower, must: 2, aim: 1, reached: 1.5),
            Budget(name: "rate", unit: "/s", better: .higher, must: 5000, reached: 4500),
            Budget(name: "best", unit: "ms", better: .lower, must: 2, aim: 1, reached: 1),
        ]
        report.violations = ["lost": 3, "repeated": 0]
        report.examples = ["the server said so"]
        report.invalid = ["the client limits"]
        let text = ReportTable(report: report).text
        for part in [
            "4,500 messages/s, 5,000 wanted, 9000 in 2 s", "delivery", "edge-1", "client at work", "≤ 2 ms",
            "≥ 5,000 /s",
            "MISSED", "aim met", "BROKEN: lost 3", "  ! the server said so", "INVALID: the client limits",
        ] {
            #expect(text.contains(part), "\(part) is not in \(text)")
        }
        #expect(!text.contains("repeated") && !text.contains("no promise broken"))
    }

    @Test func whatIsNotCountedByTheSecondHasNoRate() {
        var report = LoadReportTests.empty
        report.steps = [.init(name: "idle sessions", seconds: 0, unit: "sessions", count: 5)]
        #expect(ReportTable(report: report).text == "idle sessions\n\nno promise broken")
    }
}
