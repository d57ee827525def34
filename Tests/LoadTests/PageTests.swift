import Testing

@testable import LoadTest

/// The page of a report and the plots in it.
@Suite struct PageTests {
    private func report(name: String = "one-to-one") -> LoadReport {
        var report = LoadReportTests.empty
        var step = LoadReport.Step(name: name, seconds: 2, unit: "messages", count: 10)
        var recorder = LatencyRecorder()
        for time in 1...1000 { recorder.add(nanoseconds: UInt64(time) * 10_000) }
        // Where there are two lines there is a legend.
        step.latencies = [name: recorder.latency, "other": recorder.latency]
        step.processes = [.init(name: name, isServer: true, cpuSeconds: 1, microseconds: 1, residentBytes: 1)]
        step.samples = (1...4).map {
            .init(
                time: Double($0) / 2, rate: 5, p50: 1, p99: Double($0), cores: [name: 0.5], resident: [name: 1 << 20])
        }
        step.figures = [.init(name: name, value: 1, unit: name)]
        report.steps = [step]
        report.budgets = [Budget(name: name, unit: name, better: .lower, must: 1, reached: 2)]
        report.violations = [name: 1]
        report.examples = [name]
        report.invalid = [name]
        report.command = name
        return report
    }

    @Test func thePageNeedsNothingFromAnywhere() {
        let page = HTMLReport(report: report()).page
        for part in ["http:", "https:", "//", "<script", "<link", "<img", "<iframe", "src=", "@import", "url("] {
            #expect(!page.contains(part), "\(part)")
        }
        #expect(page.contains("charset=\"utf-8\""))
    }

    @Test func whateverANameSaysIsTextAndNothingElse() {
        let page = HTMLReport(report: report(name: #"<b>&"'x"#)).page
        #expect(!page.contains("<b>&"), "\(page)")
        #expect(page.contains("&lt;b&gt;&amp;&quot;'x"))
        // Tags that are opened are closed, in spite of it.
        for tag in ["table", "section", "svg", "figure", "ul", "span", "code"] {
            #expect(page.ranges(of: "<\(tag)").count == page.ranges(of: "</\(tag)>").count, "\(tag)")
        }
    }

    @Test func whatIsBrokenOrSaysNothingIsOnThePage() {
        let page = HTMLReport(report: report()).page
        for part in ["Broken: one-to-one 1", "These figures say nothing: one-to-one", "MISSED"] {
            #expect(page.contains(part), "\(part)")
        }
        #expect(!page.contains("No promise broken"))
        #expect(HTMLReport(report: LoadReportTests.empty).page.contains("No promise broken"))
    }

    @Test func everyPlotOfTheIssueIsThere() {
        let page = HTMLReport(report: report()).page
        for title in ["Latency by share", "Rate", "Latency over time", "CPU", "Memory"] {
            #expect(page.contains("<figcaption>\(title)</figcaption>"), "\(title)")
        }
    }

    // MARK: Plots

    @Test(arguments: [
        (1.0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]), (7, [0, 2, 4, 6, 8]), (100, [0, 20, 40, 60, 80, 100]),
        (26_000, [0, 10_000, 20_000, 30_000]), (0, [0, 1]), (.nan, [0, 1]), (.infinity, [0, 1]),
    ])
    func ticksAreRoundAndReachTheGreatest(greatest: Double, ticks: [Double]) {
        let found = SVGPlot.ticks(upTo: greatest)
        #expect(found.count == ticks.count)
        #expect(zip(found, ticks).allSatisfy { abs($0 - $1) < 1e-9 }, "\(found)")
    }

    @Test(arguments: [0.000_37, 0.9, 1.1, 3, 12, 99, 101, 2500, 33_333, 1e9])
    func thereAreAFewTicksForAnySize(greatest: Double) {
        let ticks = SVGPlot.ticks(upTo: greatest)
        #expect((3...8).contains(ticks.count) && ticks[0] == 0 && (ticks.last ?? 0) >= greatest * (1 - 1e-9))
    }

    @Test func everyPointIsWithinThePicture() {
        for axis in [SVGPlot.Axis.linear, .shares] {
            let points = [(0.0, 0.0), (0.5, 3), (0.99, 7), (1, 11)].map { (x: $0, y: $1) }
            let markup = SVGPlot(title: "t", x: "x", y: "y", axis: axis, lines: [.init(name: "n", points: points)])
                .markup
            let drawn = markup.firstMatch(of: /points="([^"]*)"/)?.output.1.split(separator: " ") ?? []
            #expect(drawn.count == 4)
            for point in drawn {
                let parts = point.split(separator: ",").compactMap { Double($0) }
                #expect(parts.count == 2 && (0...440).contains(parts[0]) && (0...240).contains(parts[1]), "\(point)")
            }
        }
    }

    @Test func greaterIsHigherAndLaterFurtherRight() throws {
        let line = SVGPlot.Line(name: "n", points: [(x: 1, y: 1), (x: 2, y: 5)])
        let markup = SVGPlot(title: "t", x: "x", y: "y", lines: [line]).markup
        let points = try #require(markup.firstMatch(of: /points="([^"]*)"/)).output.1.split(separator: " ")
            .map { $0.split(separator: ",").compactMap { Double($0) } }
        #expect(points[0][0] < points[1][0] && points[0][1] > points[1][1])
    }

    @Test func aLineOfNoughtsAndOneOfASinglePointAreLeftOut() {
        let nothing = SVGPlot.Line(name: "nothing", points: [(x: 0, y: 0), (x: 1, y: 0)])
        let point = SVGPlot.Line(name: "point", points: [(x: 0, y: 1)])
        #expect(SVGPlot(title: "t", x: "x", y: "y", lines: [nothing, point]).markup.isEmpty)
        let line = SVGPlot.Line(name: "line", points: [(x: 0, y: 1), (x: 1, y: 1)])
        let other = SVGPlot.Line(name: "other", points: [(x: 0, y: 2), (x: 1, y: 1)])
        let markup = SVGPlot(title: "t", x: "x", y: "y", lines: [nothing, line, other]).markup
        #expect(markup.contains("other") && !markup.contains("nothing"))
    }
}
