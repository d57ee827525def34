import Foundation
import Synchronization
import TestStack

/// One line that shows how far a run is; a line each five seconds where there is no terminal.
final class ProgressLine: Sendable {
    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private let shown = Mutex((stage: "", count: 0))

    func show(_ progress: AuditRun.Progress) {
        let counts = progress.counts
        let time =
            progress.total > 0
            ? String(format: "%.0f/%.0f s", progress.elapsed, progress.total)
            : String(format: "%.0f s", progress.elapsed)
        let text = String(
            format: "%@ %@  %d/%d connected  %d accepted of %d  %.0f deliveries/s  p50 %.2f  p99 %.2f ms",
            progress.stage, time, counts.open, counts.wanted, counts.accepted, counts.sent,
            progress.deliveriesPerSecond, progress.latency.p50, progress.latency.p99)
        if isTerminal { return FileHandle.standardOutput.write(Data("\r\u{1B}[K\(text)".utf8)) }
        let isDue = shown.withLock { shown in
            shown.count += 1
            guard shown.stage != progress.stage || shown.count >= 10 else { return false }
            shown = (progress.stage, 0)
            return true
        }
        if isDue { say(text) }
    }

    func finish() { if isTerminal { say("") } }
}
