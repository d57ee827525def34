public import CoreMetrics

extension PrometheusRegistry: MetricsFactory {
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        metric(label: label, suffix: "_total", dimensions: dimensions, kind: .counter) { PrometheusCounter(labels: $0) }
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        metric(label: label, suffix: "_total", dimensions: dimensions, kind: .counter) { PrometheusGauge(labels: $0) }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        metric(label: label, dimensions: dimensions, kind: .gauge) { PrometheusGauge(labels: $0) }
    }

    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else {
            return metric(label: label, dimensions: dimensions, kind: .gauge) { PrometheusGauge(labels: $0) }
        }
        return metric(label: label, dimensions: dimensions, kind: .histogram) {
            PrometheusHistogram(labels: $0, bounds: HistogramBuckets.bounds(for: label))
        }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        metric(label: label, suffix: "_seconds", dimensions: dimensions, kind: .histogram) {
            PrometheusHistogram(labels: $0, bounds: HistogramBuckets.seconds)
        }
    }

    public func destroyCounter(_ handler: any CounterHandler) { release(handler) }
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { release(handler) }
    public func destroyMeter(_ handler: any MeterHandler) { release(handler) }
    public func destroyRecorder(_ handler: any RecorderHandler) { release(handler) }
    public func destroyTimer(_ handler: any TimerHandler) { release(handler) }

    private func release(_ handler: AnyObject) {
        guard let metric = handler as? any PrometheusMetric else { return }
        release(metric)
    }
}
