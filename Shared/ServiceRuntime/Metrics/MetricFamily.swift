/// All metrics of one name: they differ in their labels.
struct MetricFamily {
    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    struct Member {
        let metric: any PrometheusMetric
        /// How often it was made: the metric is dropped when as many were destroyed.
        let uses: Int
    }

    let name: String
    /// The name without the suffix that the kind demands; what help is found by.
    let label: String
    let kind: Kind
    var members: [String: Member] = [:]

    func render(into text: inout String, help: String?) {
        text += "# HELP \(name) \(PrometheusText.escapedHelp(help ?? label))\n# TYPE \(name) \(kind.rawValue)\n"
        for (_, member) in members.sorted(by: { $0.key < $1.key }) {
            member.metric.render(name: name, into: &text)
        }
    }
}

/// A metric that can be written as Prometheus text.
protocol PrometheusMetric: AnyObject, Sendable {
    /// Its labels as they are written, without braces, such as `method="GET",route="/v1"`.
    var labels: String { get }
    func render(name: String, into text: inout String)
}
