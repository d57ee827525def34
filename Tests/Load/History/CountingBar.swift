import Foundation
import TestStack

/// One line that shows how far something is that is counted, and when it will be done; a line each tenth where there is no terminal.
struct CountingBar {
    let total: Int
    let unit: String
    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private let start = ContinuousClock.now
    private var shown = -1

    init(total: Int, unit: String) {
        self.total = total
        self.unit = unit
    }

    mutating func show(_ count: Int) {
        // A thousand steps are enough for the eye.
        let step = count * 1000 / max(1, total)
        guard step != shown else { return }
        shown = step
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        let rate = Double(count) / max(0.001, elapsed)
        let bar = String(repeating: "█", count: step * 24 / 1000) + String(repeating: "░", count: 24 - step * 24 / 1000)
        let text = String(
            format: "%@ %d of %d %@  %.0f/s  %.0f s left", bar, count, total, unit, rate,
            Double(total - count) / max(1, rate))
        if isTerminal {
            FileHandle.standardOutput.write(Data("\r\u{1B}[K\(text)".utf8))
        } else if step.isMultiple(of: 100) {
            say(text)
        }
    }

    func finish() { if isTerminal { say("") } }
}
