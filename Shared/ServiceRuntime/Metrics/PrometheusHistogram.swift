import CoreMetrics

/// How values are spread over fixed buckets.
final class PrometheusHistogram: PrometheusMetric, RecorderHandler, TimerHandler {
    let labels: String
    private let bounds: [Double]
    /// One for each bound and one for what is above all of them.
    private let counts: AtomicCounters
    private let sum = AtomicDouble()

    init(labels: String, bounds: [Double]) {
        self.labels = labels
        self.bounds = bounds
        counts = AtomicCounters(count: bounds.count + 1)
    }

    func record(_ value: Double) {
        guard !value.isNaN else { return }
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        counts.increment(index)
        sum.add(value)
    }

    func record(_ value: Int64) { record(Double(value)) }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }

    func render(name: String, into text: inout String) {
        var total: UInt64 = 0
        for index in 0...bounds.count {
            total &+= counts[index]
            let bound = index < bounds.count ? PrometheusText.number(bounds[index]) : "+Inf"
            PrometheusText.append(
                to: &text, name: name, suffix: "_bucket", labels: labels, extra: "le=\"\(bound)\"", value: String(total)
            )
        }
        // The count is that of the buckets just read, so that the two agree whatever is recorded meanwhile.
        PrometheusText.append(
            to: &text, name: name, suffix: "_sum", labels: labels, value: PrometheusText.number(sum.value))
        PrometheusText.append(to: &text, name: name, suffix: "_count", labels: labels, value: String(total))
    }
}
