import Foundation

/// A report as one page that opens from a file: tables and plots, no script, nothing from a network.
struct HTMLReport {
    let report: LoadReport

    var page: String {
        let title = "loadtest \(report.measurement)"
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(title), \(SVGPlot.escaped(report.date))</title>
            <style>\(Self.style)</style></head><body>
            <h1>\(title)</h1>
            <p class="meta">\(SVGPlot.escaped(report.date)) · \(report.machine.cores) cores, \
            \(report.machine.memoryBytes / 1_073_741_824) GiB, \(SVGPlot.escaped(report.machine.system)) · load before \
            \(ReportTable.number(report.machine.loadBefore))<br><code>\(SVGPlot.escaped(report.command))</code></p>
            \(verdict)
            \(budgets)
            \(report.steps.map(section).joined(separator: "\n"))
            </body></html>

            """
    }

    private var verdict: String {
        let broken = report.violations.filter { $0.value > 0 }.sorted { $0.key < $1.key }
        var text =
            broken.isEmpty
            ? "<p class=\"good\">No promise broken: nothing lost, repeated or out of order.</p>"
            : "<p class=\"bad\">Broken: \(broken.map { "\(SVGPlot.escaped($0.key)) \($0.value)" }.joined(separator: ", "))</p>"
        for reason in report.invalid {
            text += "<p class=\"bad\">These figures say nothing: \(SVGPlot.escaped(reason))</p>"
        }
        guard !report.examples.isEmpty else { return text }
        return text + "<ul>" + report.examples.map { "<li>\(SVGPlot.escaped($0))</li>" }.joined() + "</ul>"
    }

    private var budgets: String {
        guard !report.budgets.isEmpty else { return "" }
        let rows = report.budgets.map { budget in
            let sign = budget.better == .lower ? "≤" : "≥"
            return [
                SVGPlot.escaped(budget.name),
                "\(sign) \(ReportTable.number(budget.must)) \(SVGPlot.escaped(budget.unit))",
                budget.aim.map(ReportTable.number) ?? "", ReportTable.number(budget.reached),
                "<b class=\"\(budget.isMet ? "good" : "bad")\">\(ReportTable.verdict(budget))</b>",
            ]
        }
        return Self.table(["budget", "must", "aim", "reached", ""], rows)
    }

    private func section(_ step: LoadReport.Step) -> String {
        let latencies = step.latencies.sorted { $0.key < $1.key }
        let times = latencies.map { name, latency in
            [SVGPlot.escaped(name)]
                + ([latency.p50, latency.p90, latency.p99, latency.p999, latency.max] as [Double?]).map {
                    $0.map(ReportTable.number) ?? ""
                }
        }
        let processes = step.processes.map {
            [
                SVGPlot.escaped($0.name), ReportTable.number($0.cpuSeconds), ReportTable.number($0.microseconds),
                ReportTable.number(Double($0.residentBytes) / 1_048_576),
            ]
        }
        let figures = step.figures.map {
            [SVGPlot.escaped($0.name), "\(ReportTable.number($0.value)) \(SVGPlot.escaped($0.unit))"]
        }
        return """
            <section><h2>\(SVGPlot.escaped(step.name))</h2>
            \(summary(step))
            <div class="tables">\(Self.table(["ms", "p50", "p90", "p99", "p99.9", "longest"], times))
            \(Self.table(["process", "CPU s", "µs each", "MiB"], processes))
            \(Self.table(["", ""], figures))</div>
            <div class="plots">\(plots(step).map(\.markup).joined(separator: "\n"))</div></section>
            """
    }

    /// What was not counted by the second has figures alone.
    private func summary(_ step: LoadReport.Step) -> String {
        guard step.seconds > 0 else { return "" }
        let wanted = step.wanted.map { ", \(ReportTable.number($0)) wanted" } ?? ""
        let cost =
            step.processes.isEmpty ? "" : "; servers \(ReportTable.number(step.serverMicroseconds)) µs of CPU each"
        return
            "<p>\(ReportTable.number(step.rate)) \(SVGPlot.escaped(step.unit))/s\(wanted); \(step.count) in \(ReportTable.number(step.seconds)) s\(cost)</p>"
    }

    private func plots(_ step: LoadReport.Step) -> [SVGPlot] {
        let names = step.processes.map(\.name)
        let timed = step.timed.map { "\($0), " } ?? ""
        func over(_ value: (LoadReport.Sample) -> Double?) -> [(x: Double, y: Double)] {
            step.samples.compactMap { sample in value(sample).map { (sample.time, $0) } }
        }
        return [
            SVGPlot(
                title: "Latency by share", x: "share of \(step.unit)", y: "ms", axis: .shares,
                lines: step.latencies.sorted { $0.key < $1.key }.map { name, latency in
                    .init(name: name, points: latency.distribution.map { ($0.share, $0.value) })
                }),
            SVGPlot(
                title: "Rate", x: "seconds", y: "\(step.unit)/s",
                lines: [.init(name: step.unit, points: over { $0.rate })]),
            SVGPlot(
                title: "Latency over time", x: "seconds", y: "ms",
                lines: [
                    .init(name: "\(timed)p50", points: over { $0.p50 }),
                    .init(name: "\(timed)p99", points: over { $0.p99 }),
                ]),
            SVGPlot(
                title: "CPU", x: "seconds", y: "cores",
                lines: names.map { name in .init(name: name, points: over { $0.cores[name] }) }),
            SVGPlot(
                title: "Memory", x: "seconds", y: "MiB resident",
                lines: names.map { name in
                    .init(name: name, points: over { $0.resident[name].map { Double($0) / 1_048_576 } })
                }),
        ]
    }

    /// Cells are markup.
    private static func table(_ head: [String], _ rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "" }
        let body = rows.map { "<tr>\($0.map { "<td>\($0)</td>" }.joined())</tr>" }.joined()
        return "<table><thead><tr>\(head.map { "<th>\($0)</th>" }.joined())</tr></thead><tbody>\(body)</tbody></table>"
    }

    private static let style = """
        :root{color-scheme:light dark;--text:#1b1f24;--soft:#667080;--line:#d8dde4;--back:#fff;--good:#12703a;--bad:#b3261e;\
        --c0:#0b63c5;--c1:#d9480f;--c2:#0a8f6a;--c3:#9333ea;--c4:#4aa3df;--c5:#be185d;--c6:#8f7a00;--c7:#475569}\
        @media (prefers-color-scheme:dark){:root{--text:#e6e9ee;--soft:#98a2b3;--line:#343b46;--back:#14171c;--good:#5fd08d;--bad:#ff8a80;\
        --c0:#6ea8ff;--c1:#ff9b6a;--c2:#4fd1a5;--c3:#c79bff;--c4:#8fd3ff;--c5:#ff8fc0;--c6:#e0cf5a;--c7:#a8b3c4}}\
        body{font:15px/1.5 system-ui,sans-serif;max-width:1340px;margin:2rem auto;padding:0 1rem;color:var(--text);background:var(--back)}\
        h1{font-size:1.5rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .25rem}.meta{color:var(--soft)}code{overflow-wrap:anywhere}\
        table{border-collapse:collapse;margin:.5rem 0}th{color:var(--soft);font-weight:500}\
        td,th{padding:.15rem .9rem .15rem 0;text-align:right;font-variant-numeric:tabular-nums;border-bottom:1px solid var(--line)}\
        td:first-child,th:first-child{text-align:left}.good{color:var(--good)}.bad{color:var(--bad);font-weight:600}\
        .plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(26rem,1fr));gap:1rem}figure{margin:0}\
        figcaption{font-weight:600}svg{width:100%;height:auto}.grid{stroke:var(--line)}.tick,.name{fill:var(--soft);font-size:11px}\
        .line{fill:none;stroke-width:1.6;stroke-linejoin:round}.legend{margin:0;font-size:.85rem}.key{margin-right:1rem;white-space:nowrap}.key i{display:inline-block;width:1.3em;border-top:3px solid;vertical-align:.25em;margin-right:.35em}\
        .tables{display:flex;flex-wrap:wrap;gap:0 3rem;align-items:flex-start}
        """
        + (0..<8).map { ".line.c\($0){stroke:var(--c\($0))}.key i.c\($0){border-color:var(--c\($0))}" }.joined()
        // The second half of them is dashed, for eyes that do not tell all colours apart.
        + (4..<8).map { ".line.c\($0){stroke-dasharray:6 3}.key i.c\($0){border-top-style:dashed}" }.joined()
}
