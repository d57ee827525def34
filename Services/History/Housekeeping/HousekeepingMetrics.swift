import CoreMetrics
import Metrics
import ServiceRuntime

/// What history tells of its housekeeping: of the instance that does it; the others stay at 0.
final class HousekeepingMetrics: Sendable {
    private let rows: Counter
    private let partitions: Counter
    private let lastRun: Gauge
    private let jobsDone: Counter
    private let jobsFailed: Counter
    private let jobsOpen: Gauge
    private let jobIdle: Gauge
    private let erased: Counter
    private let exports: Gauge
    private let exportsEnded: [ExportEnd: Counter]

    /// How an export ended.
    enum ExportEnd: String, CaseIterable {
        case complete, aborted, refused
    }

    init(_ registry: PrometheusRegistry) {
        func counter(_ label: String, _ help: String) -> Counter {
            registry.describe(label, help)
            return Counter(label: label, factory: registry)
        }
        func gauge(_ label: String, _ help: String) -> Gauge {
            registry.describe(label, help)
            return Gauge(label: label, factory: registry)
        }
        rows = counter("history_retention_rows", "Messages removed one by one for their age.")
        partitions = counter("history_retention_partitions", "Partitions of messages dropped for their age.")
        lastRun = gauge(
            "history_retention_last_run_timestamp_seconds",
            "When this instance last went through all rules of HISTORY_RETENTION, since the Unix epoch; 0: never.")
        jobsOpen = gauge("history_jobs_open", "Jobs waiting or running, as of the instance that works on them; else 0.")
        jobIdle = gauge(
            "history_job_idle_seconds",
            "How long the job that is worked on has got no further, as of the instance that works on it; else 0.")
        erased = counter("history_erased_messages", "Messages that erasures have made tombstones.")
        func jobs(_ result: String) -> Counter {
            Counter(label: "history_jobs", dimensions: [("result", result)], factory: registry)
        }
        (jobsDone, jobsFailed) = (jobs("done"), jobs("failed"))
        registry.describe("history_jobs", "Jobs that came to their end, by result.")
        exports = gauge("history_exports_running", "Exports under way.")
        registry.describe("history_exports", "Exports by how they ended: complete, aborted, refused for too many.")
        exportsEnded = Dictionary(
            uniqueKeysWithValues: ExportEnd.allCases.map { end in
                (end, Counter(label: "history_exports", dimensions: [("end", end.rawValue)], factory: registry))
            })
    }

    func removed(_ count: Int) { if count > 0 { rows.increment(by: count) } }
    func droppedPartition() { partitions.increment() }
    func finishedRun(at milliseconds: Int64) { lastRun.record(Double(milliseconds) / 1000) }
    func open(_ count: Int) { jobsOpen.record(count) }
    func idle(milliseconds: Int64) { jobIdle.record(Double(max(0, milliseconds)) / 1000) }
    func done() { jobsDone.increment() }
    func failed() { jobsFailed.increment() }
    func erased(_ count: Int) { if count > 0 { erased.increment(by: count) } }
    func exports(_ running: Int) { exports.record(running) }
    func export(_ end: ExportEnd) { exportsEnded[end]?.increment() }
}
