import Synchronization

/// The metrics of a process: the backend of swift-metrics, and their text for Prometheus.
///
/// - A `Counter` or `FloatingPointCounter` becomes a counter whose name ends in `_total`.
/// - A `Gauge`, a `Meter` or a `Recorder` that does not aggregate becomes a gauge.
/// - A `Timer` becomes a histogram in seconds whose name ends in `_seconds`; an aggregating `Recorder` a histogram of its numbers (``HistogramBuckets``).
///
/// Dots in names and label names become underscores. Metrics of the same label and dimensions are one metric. Making one takes a lock and a lookup,
/// so each is made once and kept; recording is a few atomic instructions, without lock or lookup, from any thread.
///
/// Source: [exposition formats](https://prometheus.io/docs/instrumenting/exposition_formats/), [naming](https://prometheus.io/docs/practices/naming/).
public final class PrometheusRegistry: Sendable {
    struct State {
        var families: [String: MetricFamily] = [:]
        var help: [String: String] = [:]
        var beforeRender: [@Sendable () -> Void] = []
    }

    let state = Mutex(State())

    public init() {}

    /// Says what a metric is, for its `HELP` line.
    ///
    /// - Parameter label: The label as given to swift-metrics.
    public func describe(_ label: String, _ help: String) {
        state.withLock { $0.help[PrometheusText.name(label)] = help }
    }

    /// Has `body` called at each ``render()``, before the values are read, to set gauges to what holds now.
    public func onRender(_ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.beforeRender.append(body) }
    }

    /// The Prometheus text of all metrics, sorted by name.
    public func render() -> String {
        for body in state.withLock({ $0.beforeRender }) { body() }
        let (families, help) = state.withLock { (Array($0.families.values), $0.help) }
        var text = ""
        for family in families.sorted(by: { $0.name < $1.name }) where !family.members.isEmpty {
            family.render(into: &text, help: help[family.label])
        }
        return text
    }

    /// The metric of this label and these dimensions: the one there is, else the one that `make` makes from its labels' text.
    ///
    /// A label that is already there with another kind of metric gets a name of its own, since Prometheus knows one type a name.
    func metric<Metric: PrometheusMetric>(
        label: String, suffix: String = "", dimensions: [(String, String)], kind: MetricFamily.Kind,
        make: (_ labels: String) -> Metric
    ) -> Metric {
        let base = PrometheusText.name(label)
        let labels = PrometheusText.labels(dimensions)
        var name = base.hasSuffix(suffix) ? base : base + suffix
        return state.withLock { state in
            while true {
                var family = state.families[name] ?? MetricFamily(name: name, label: base, kind: kind)
                if family.kind != kind || (family.members[labels].map { !($0.metric is Metric) } ?? false) {
                    name += "_\(kind.rawValue)"
                    continue
                }
                if let member = family.members[labels], let metric = member.metric as? Metric {
                    family.members[labels] = .init(metric: metric, uses: member.uses + 1)
                    state.families[name] = family
                    return metric
                }
                let metric = make(labels)
                family.members[labels] = .init(metric: metric, uses: 1)
                state.families[name] = family
                return metric
            }
        }
    }

    /// Forgets one use of a metric, and the metric with its last use.
    func release(_ metric: any PrometheusMetric) {
        state.withLock { state in
            for (name, family) in state.families {
                guard let member = family.members[metric.labels], member.metric === metric else { continue }
                state.families[name]?.members[metric.labels] =
                    member.uses > 1 ? .init(metric: metric, uses: member.uses - 1) : nil
                return
            }
        }
    }
}
