import Foundation
import Synchronization
import TestStack

/// One line that is written over again and again; every tenth a line of its own where there is no terminal.
final class LiveLine: Sendable {
    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private let count = Atomic(0)

    func show(_ text: String) {
        let number = count.add(1, ordering: .relaxed).oldValue
        if isTerminal {
            FileHandle.standardOutput.write(Data("\r\u{1B}[K\(text)".utf8))
        } else if number % 10 == 0 {
            say(text)
        }
    }

    /// How far a step is, how fast, and with which latencies.
    /// - Parameter share: from 0 to 1.
    func show(_ name: String, share: Double, _ interval: Timeline.Interval, unit: String) {
        let times = interval.p99 > 0 ? String(format: "  p50 %.2f  p99 %.2f ms", interval.p50, interval.p99) : ""
        show("\(Self.bar(share)) \(name)  \(ReportTable.number(interval.rate.rounded())) \(unit)/s\(times)")
    }

    func finish() { if isTerminal, count.load(ordering: .relaxed) > 0 { say("") } }

    /// A bar that is filled so far.
    static func bar(_ share: Double) -> String {
        let filled = Int(max(0, min(1, share)) * 24)
        return String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
    }
}
