import Foundation
import Testing

@testable import LoadTest

@Suite struct LoadReportTests {
    static var empty: LoadReport {
        LoadReport(
            measurement: "system", command: "loadtest system", date: "2026-11-22T00:00:00Z",
            machine: .init(cores: 2, memoryBytes: 8_589_934_592, system: "Debian", loadBefore: 0.5))
    }

    private func budget(_ better: Budget.Better, must: Double, aim: Double? = nil, reached: Double) -> Budget {
        Budget(name: "b", unit: "ms", better: better, must: must, aim: aim, reached: reached)
    }

    @Test func aBudgetIsMetUpToItsBoundAndNotBeyond() {
        #expect(budget(.lower, must: 2, reached: 2).isMet)
        #expect(!budget(.lower, must: 2, reached: 2.001).isMet)
        #expect(budget(.higher, must: 5000, reached: 5000).isMet)
        #expect(!budget(.higher, must: 5000, reached: 4999).isMet)
    }

    @Test func anAimIsHarderAndWithoutOneWhatMustBeIsTheAim() {
        let one = budget(.lower, must: 2, aim: 1, reached: 1.5)
        #expect(one.isMet && !one.isAimMet)
        #expect(budget(.lower, must: 2, aim: 1, reached: 1).isAimMet)
        #expect(budget(.lower, must: 2, reached: 2).isAimMet)
    }

    @Test func aMissingFigureIsABudgetMissed() {
        #expect(!budget(.lower, must: 2, reached: .infinity).isMet)
        #expect(!budget(.lower, must: 2, reached: .nan).isMet)
        #expect(!budget(.higher, must: 2, reached: .nan).isMet)
    }

    @Test func theExitCodeSaysWhatIsWorst() {
        var report = Self.empty
        #expect(report.exitCode == 0)
        report.violations = ["lost": 0, "repeated": 0]
        #expect(report.exitCode == 0)
        report.budgets = [budget(.lower, must: 2, reached: 1), budget(.lower, must: 2, reached: 3)]
        #expect(report.exitCode == 1)
        // Of figures that say nothing no budget is missed.
        report.invalid = ["the client was what limited"]
        #expect(report.exitCode == 2)
        // A broken promise is none the less one.
        report.violations["lost"] = 1
        #expect(report.exitCode == 1)
    }

    @Test func theJSONFileIsReadBackAsItWas() throws {
        var report = Self.empty
        var step = LoadReport.Step(name: "one-to-one", seconds: 20, unit: "messages", count: 560_000, wanted: 28_000)
        var recorder = LatencyRecorder()
        for time in 1...1000 { recorder.add(nanoseconds: UInt64(time) * 10_000) }
        step.latencies = ["delivery": recorder.latency]
        step.processes = [.init(name: "redis", isServer: true, cpuSeconds: 5, microseconds: 9, residentBytes: 1 << 20)]
        step.samples = [.init(time: 0.5, rate: 1, p50: 1, p99: 2, cores: ["redis": 0.5], resident: ["redis": 5])]
        step.figures = [.init(name: "accepted", value: 1, unit: "/s")]
        report.steps = [step]
        report.budgets = [budget(.higher, must: 1, aim: 2, reached: 3)]
        let data = try JSONEncoder().encode(report)
        #expect(try JSONDecoder().decode(LoadReport.self, from: data) == report)
    }

    @Test func theRateIsOverTheTimeMeasuredAndTheCostIsThatOfServersAlone() {
        var step = LoadReport.Step(name: "s", seconds: 4, unit: "messages", count: 1000)
        #expect(step.rate == 250)
        step.processes = [
            .init(name: "edge", isServer: true, cpuSeconds: 1, microseconds: 20, residentBytes: 0),
            .init(name: "redis", isServer: true, cpuSeconds: 1, microseconds: 10, residentBytes: 0),
            .init(name: "load client", isServer: false, cpuSeconds: 1, microseconds: 500, residentBytes: 0),
        ]
        #expect(step.serverMicroseconds == 30)
        step.seconds = 0
        #expect(step.rate == 0)
    }

    @Test func theCommandIsShownWithoutSecrets() {
        #expect(LoadReport.shown("postgres://a:secret@host/x") == "…")
        #expect(LoadReport.shown("--database-url=postgres://a:secret@host/x") == "…")
        #expect(LoadReport.shown("--auth-jwt-secret=abc") == "--auth-jwt-secret=…")
        #expect(
            LoadReport.shown(["loadtest", "--auth-jwt-secret", "abc", "--start"]) == [
                "loadtest", "--auth-jwt-secret", "…", "--start",
            ])
        #expect(LoadReport.shown("--edges=ws://127.0.0.1:1/ws") == "--edges=ws://127.0.0.1:1/ws")
        #expect(LoadReport.shown("--steps") == "--steps")
    }

    @Test func whatSeveralPartsFoundAddsUp() {
        var outcome = LoadOutcome(violations: ["lost": 1, "repeated": 0])
        outcome.add(LoadOutcome(violations: ["lost": 2, "gaps": 3], invalid: ["why"]))
        #expect(outcome.violations == ["lost": 3, "repeated": 0, "gaps": 3] && outcome.invalid == ["why"])
    }
}
