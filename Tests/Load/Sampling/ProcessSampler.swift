import Foundation
import Synchronization
import TestStack

/// Looks at processes twice a second on a thread of its own, so that looking holds nothing up.
final class ProcessSampler: Sendable {
    struct Look: Sendable {
        /// Nanoseconds of the monotonic clock.
        var time: UInt64
        var probes: [String: ProcessProbe]
    }

    private struct State {
        var looks: [Look] = []
        var isStopped = false
    }

    /// The load client itself, under this name.
    static let client = "load client"

    let processes: [(name: String, pid: Int32)]
    private let interval: TimeInterval
    private let state = Mutex(State())

    /// Watches `processes`, and the process it runs in.
    init(_ processes: [(name: String, pid: Int32)], interval: Duration = .milliseconds(500)) {
        self.processes = processes + [(Self.client, getpid())]
        self.interval = interval / .seconds(1)
        let thread = Thread { [self] in
            while !state.withLock({ $0.isStopped }) {
                look()
                Thread.sleep(forTimeInterval: self.interval)
            }
        }
        thread.start()
    }

    /// Looks now.
    @discardableResult
    func look() -> Look {
        var probes: [String: ProcessProbe] = [:]
        let time = LoadLoop.now
        for (name, pid) in processes { probes[name] = ProcessProbe(pid: pid) }
        let look = Look(time: time, probes: probes)
        state.withLock { $0.looks.append(look) }
        return look
    }

    func stop() { state.withLock { $0.isStopped = true } }

    /// The looks within a time.
    func looks(from start: UInt64, to end: UInt64) -> [Look] {
        state.withLock { state in state.looks.filter { start <= $0.time && $0.time <= end }.sorted { $0.time < $1.time }
        }
    }

    /// What each process used between two looks, for `count` of whatever was done meanwhile.
    func use(from first: Look, to last: Look, count: Int) -> [LoadReport.Process] {
        processes.compactMap { name, _ in
            guard let before = first.probes[name], let after = last.probes[name] else { return nil }
            let seconds = after.processor - before.processor
            return LoadReport.Process(
                name: name, isServer: name != Self.client, cpuSeconds: seconds,
                microseconds: count > 0 ? seconds * 1_000_000 / Double(count) : 0, residentBytes: after.resident)
        }
    }

    /// Cores in use by each process since the look before, and resident bytes.
    static func change(from first: Look, to last: Look) -> (cores: [String: Double], resident: [String: Int]) {
        let seconds = max(1e-6, Double(last.time - first.time) / 1e9)
        var cores: [String: Double] = [:]
        for (name, probe) in last.probes {
            guard let before = first.probes[name] else { continue }
            cores[name] = (probe.processor - before.processor) / seconds
        }
        return (cores, last.probes.mapValues(\.resident))
    }
}
