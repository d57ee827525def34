import CoreMetrics
import Synchronization

/// A counter of whole numbers.
final class PrometheusCounter: PrometheusMetric, CounterHandler {
    let labels: String
    private let value = Atomic<Int64>(0)

    init(labels: String) { self.labels = labels }

    func increment(by amount: Int64) {
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() { value.store(0, ordering: .relaxed) }

    func render(name: String, into text: inout String) {
        PrometheusText.append(to: &text, name: name, labels: labels, value: String(value.load(ordering: .relaxed)))
    }
}
