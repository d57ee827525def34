import Foundation

/// A plot of lines as SVG, to stand in a page: no script and nothing from a network.
struct SVGPlot {
    struct Line {
        var name: String
        var points: [(x: Double, y: Double)]
    }

    /// How the horizontal axis is divided.
    enum Axis {
        /// From nought to the greatest value.
        case linear
        /// Shares from 0 to 1, ever wider towards 1: a half, nine tenths, ninety-nine hundredths are as far from one another.
        case shares
    }

    var title: String
    var x: String
    var y: String
    var axis = Axis.linear
    var lines: [Line]

    /// About as large as it is shown, so that letters are as large as they say.
    private static let (width, height) = (440.0, 240.0)
    private static let (left, right, top, bottom) = (70.0, 22.0, 12.0, 40.0)

    var markup: String {
        // A line of noughts alone is of something that was not measured.
        let drawn = lines.filter { line in line.points.count > 1 && line.points.contains { $0.y > 0 } }
        guard !drawn.isEmpty else { return "" }
        let span = axis == .linear ? max(1e-9, drawn.flatMap { $0.points.map(\.x) }.max() ?? 1) : Self.shareSpan(drawn)
        let ticks = Self.ticks(upTo: drawn.flatMap { $0.points.map(\.y) }.max() ?? 1)
        let ceiling = ticks.last ?? 1
        func place(_ x: Double, _ y: Double) -> (Double, Double) {
            let along = axis == .linear ? x / span : Self.distance(x) / span
            return (
                Self.left + min(1, along) * (Self.width - Self.left - Self.right),
                Self.height - Self.bottom - y / ceiling * (Self.height - Self.top - Self.bottom)
            )
        }
        var body = ""
        for tick in ticks {
            let (_, height) = place(0, tick)
            body +=
                "<line class=\"grid\" x1=\"\(Self.left)\" x2=\"\(Self.width - Self.right)\" y1=\"\(Self.text(height))\" y2=\"\(Self.text(height))\"/>"
                + "<text class=\"tick\" text-anchor=\"end\" x=\"\(Self.left - 6)\" y=\"\(Self.text(height + 4))\">\(ReportTable.number(tick))</text>"
        }
        let marks = axis == .linear ? Self.ticks(upTo: span).map { ($0, ReportTable.number($0)) } : Self.shares
        for (value, label) in marks {
            guard axis == .linear ? value <= span : Self.distance(value) <= span else { continue }
            let (along, _) = place(value, 0)
            body +=
                "<text class=\"tick\" text-anchor=\"middle\" x=\"\(Self.text(along))\" y=\"\(Self.height - Self.bottom + 16)\">\(label)</text>"
        }
        for (number, line) in drawn.enumerated() {
            let path = line.points.map { point in
                let (x, y) = place(point.x, point.y)
                return "\(Self.text(x)),\(Self.text(y))"
            }
            body +=
                "<polyline class=\"line c\(number % 8)\" points=\"\(path.joined(separator: " "))\"><title>\(Self.escaped(line.name))</title></polyline>"
        }
        body +=
            "<text class=\"name\" text-anchor=\"middle\" x=\"\((Self.left + Self.width - Self.right) / 2)\" y=\"\(Self.height - 6)\">\(Self.escaped(x))</text>"
            + "<text class=\"name\" text-anchor=\"middle\" transform=\"translate(14 \((Self.top + Self.height - Self.bottom) / 2)) rotate(-90)\">\(Self.escaped(y))</text>"
        let legend = drawn.enumerated().map { number, line in
            "<span class=\"key\"><i class=\"c\(number % 8)\"></i>\(Self.escaped(line.name))</span>"
        }
        return """
            <figure><figcaption>\(Self.escaped(title))</figcaption>
            <svg viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" aria-label="\(Self.escaped(title))">\(body)</svg>
            <p class="legend">\(drawn.count > 1 ? legend.joined() : "")</p></figure>
            """
    }

    // MARK: Axes

    private static let shares: [(Double, String)] = [
        (0, "0"), (0.5, "50 %"), (0.9, "90 %"), (0.99, "99 %"), (0.999, "99.9 %"), (0.9999, "99.99 %"),
        (0.99999, "99.999 %"),
    ]

    /// How far a share stands from nought. One is as far as the last that is drawn.
    private static func distance(_ share: Double) -> Double { -log10(max(1e-7, 1 - share)) }

    private static func shareSpan(_ lines: [Line]) -> Double {
        lines.flatMap { $0.points.map(\.x) }.filter { $0 < 1 }.map(distance).max().map { max(1, $0) } ?? 1
    }

    /// Round numbers from nought to the first that is `greatest` or more: four to eight of them.
    static func ticks(upTo greatest: Double) -> [Double] {
        guard greatest > 0, greatest.isFinite else { return [0, 1] }
        let rough = greatest / 5
        let power = pow(10, floor(log10(rough)))
        let step = [1, 2, 2.5, 5, 10].map { $0 * power }.first { $0 >= rough } ?? rough
        return (0...Int((greatest / step).rounded(.up))).map { Double($0) * step }
    }

    private static func text(_ value: Double) -> String { String(format: "%.1f", value) }

    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
