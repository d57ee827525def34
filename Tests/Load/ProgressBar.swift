import Foundation
import TestStack

/// One line that shows how far a run is, with its live rate and latency; a line each five seconds where there is no terminal.
struct ProgressBar: Sendable {
    private let isTerminal = isatty(STDOUT_FILENO) == 1

    func show(_ progress: AuditRun.Progress) {
        let share = min(1, progress.elapsed / max(0.001, progress.total))
        let filled = Int(share * 24)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
        let text = String(
            format: "%@ %@ %.0f s  %6.0f deliveries/s  p50 %.2f  p99 %.2f ms  %d accepted of %d", bar, progress.stage,
            progress.elapsed, progress.deliveriesPerSecond, progress.latency.p50, progress.latency.p99,
            progress.counts.accepted, progress.counts.sent)
        if isTerminal {
            FileHandle.standardOutput.write(Data("\r\u{1B}[K\(text)".utf8))
        } else if Int(progress.elapsed * 2) % 10 == 0 {
            say(text)
        }
    }

    func finish() { if isTerminal { say("") } }
}
