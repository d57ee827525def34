import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the operating system knows of the process, under the
/// [names that all Prometheus clients use](https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics).
final class ProcessMetrics: Sendable {
    private let resident: PrometheusGauge
    private let cpu: PrometheusGauge
    private let openDescriptors: PrometheusGauge
    private let maximumDescriptors: PrometheusGauge
    private let started: PrometheusGauge

    private init(_ registry: PrometheusRegistry) {
        func gauge(_ name: String, _ help: String, kind: MetricFamily.Kind = .gauge) -> PrometheusGauge {
            registry.describe(name, help)
            return registry.metric(label: name, dimensions: [], kind: kind) { PrometheusGauge(labels: $0) }
        }
        resident = gauge("process_resident_memory_bytes", "Resident memory size in bytes.")
        cpu = gauge("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.", kind: .counter)
        openDescriptors = gauge("process_open_fds", "Number of open file descriptors.")
        maximumDescriptors = gauge("process_max_fds", "Maximum number of open file descriptors.")
        started = gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.")
        started.set(Double(Timestamp.now.milliseconds) / 1000)
    }

    /// Adds them to `registry`, read anew at each render.
    static func add(to registry: PrometheusRegistry) {
        let metrics = ProcessMetrics(registry)
        registry.onRender { metrics.read() }
    }

    private func read() {
        var usage = rusage()
        if unsafe getrusage(Self.ownProcess, &usage) == 0 {
            cpu.set(Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime))
        }
        var limit = rlimit()
        if unsafe getrlimit(Self.descriptorLimit, &limit) == 0 { maximumDescriptors.set(Double(limit.rlim_cur)) }
        if let pages = Self.residentPages { resident.set(Double(pages * sysconf(Int32(_SC_PAGESIZE)))) }
        if let count = Self.descriptorCount { openDescriptors.set(Int64(count)) }
    }

    #if canImport(Glibc)
        // Glibc declares these as C enumerations and its functions as taking integers.
        private static let ownProcess = __rusage_who_t(RUSAGE_SELF.rawValue)
        static let descriptorLimit = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        private static let ownProcess = RUSAGE_SELF
        static let descriptorLimit = RLIMIT_NOFILE
    #endif

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }

    /// The second number of /proc/self/statm; nil where there is no /proc.
    private static var residentPages: Int? {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? Int(fields[1]) : nil
    }

    /// The entries of /proc/self/fd, counted without making a string of each: an edge has tens of thousands.
    private static var descriptorCount: Int? {
        guard let directory = unsafe opendir("/proc/self/fd") else { return nil }
        defer { unsafe _ = closedir(directory) }
        var count = 0
        while unsafe readdir(directory) != nil { count += 1 }
        // Less `.`, `..` and the descriptor that reads the directory.
        return count - 3
    }
}
