import Benchmark
import Glibc
import HotPathWorkloads

// The processor's time is taken by ourselves, from the thread's own clock: what the package shows as such comes in steps of 10 ms.
let benchmarks: @Sendable () -> Void = {
    let work = BenchmarkMetric.custom(JMHResult.work, useScalingFactor: false)
    let reference = BenchmarkMetric.custom(JMHResult.reference, useScalingFactor: false)
    for workload in Workload.all {
        Benchmark(
            workload.name,
            configuration: .init(
                metrics: [.throughput, .instructions, work, reference], warmupIterations: 3, scalingFactor: .kilo,
                maxDuration: .milliseconds(400), maxIterations: 1_000),
            closure: { benchmark, slices in
                // In turns, so that whatever else the machine does meets both.
                benchmark.startMeasurement()
                let time = processorTime(of: slices.work)
                benchmark.stopMeasurement()
                benchmark.measurement(work, time)
                benchmark.measurement(reference, processorTime(of: slices.reference))
            },
            setup: { (work: workload.slice(), reference: workload.reference.slice()) })
    }
}

/// Of this thread, in nanoseconds.
private func processorTime(of slice: () -> Void) -> Int {
    let start = threadTime()
    slice()
    return threadTime() - start
}

private func threadTime() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
