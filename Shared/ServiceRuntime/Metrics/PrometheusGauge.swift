import CoreMetrics

/// A number that goes up and down; also a counter of fractions.
final class PrometheusGauge: PrometheusMetric, MeterHandler, RecorderHandler, FloatingPointCounterHandler {
    let labels: String
    private let value = AtomicDouble()

    init(labels: String) { self.labels = labels }

    func set(_ value: Int64) { self.value.set(Double(value)) }
    func set(_ value: Double) { self.value.set(value) }
    func increment(by amount: Double) { value.add(amount) }
    func decrement(by amount: Double) { value.add(-amount) }
    func record(_ value: Int64) { self.value.set(Double(value)) }
    func record(_ value: Double) { self.value.set(value) }
    func reset() { value.set(0) }

    func render(name: String, into text: inout String) {
        PrometheusText.append(to: &text, name: name, labels: labels, value: PrometheusText.number(value.value))
    }
}
