import Foundation
import Synchronization
import TestStack

/// Shows how far the matrix is: one line that changes on a terminal, a line now and then elsewhere.
final class MatrixDisplay: Sendable {
    private struct State {
        var done = 0
        var took: [Double] = []
        var label = ""
        var begin = ContinuousClock.now
        var lastLine = ContinuousClock.now
    }

    private let total: Int
    /// What one run is taken to last before one has been measured, in seconds.
    private let guess: Double
    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private let state = Mutex(State())

    init(total: Int, duration: Duration) {
        self.total = total
        guess = duration / .seconds(1) + 45
    }

    /// A run begins.
    func begin(_ scenario: Scenario, _ seed: UInt64, _ routing: String? = nil) {
        let way = routing.map { " by \($0)" } ?? ""
        let line = state.withLock { state in
            state.label = "[\(state.done + 1)/\(total)] \(scenario.name)\(way), seed \(seed)"
            state.begin = .now
            state.lastLine = .now
            return "\(state.label): starting\(Self.left(state, total, guess))"
        }
        show(line, always: true)
    }

    /// A run goes on.
    func progress(_ progress: AuditRun.Progress) {
        let (line, isDue) = state.withLock { state in
            let isDue = ContinuousClock.now - state.lastLine > .seconds(15)
            if isDue { state.lastLine = .now }
            let line = String(
                format: "%@: %@ %.0f/%.0f s, %.0f deliveries/s, %d of %d connected%@", state.label, progress.stage,
                progress.elapsed, max(progress.elapsed, progress.total), progress.deliveriesPerSecond,
                progress.counts.open, progress.counts.wanted, Self.left(state, total, guess))
            return (line, isDue)
        }
        show(line, always: isDue)
    }

    /// A run has ended, or was left out because its result is there.
    func end(_ cell: MatrixCell, isOld: Bool = false) {
        let label = state.withLock { state in
            state.done += 1
            if !isOld { state.took.append(cell.took) }
            return "[\(state.done)/\(total)] \(cell.name), seed \(cell.seed)"
        }
        if isTerminal { write("\r\u{1B}[K") }
        say("\(label): \(summary(cell))\(isOld ? " (done before)" : "")")
        guard !isOld, cell.verdict == .violations else { return }
        for complaint in cell.complaints { say("    ! \(complaint)") }
        for example in (cell.audit?.examples ?? []).prefix(3) { say("    ! \(example.kind.rawValue): \(example.text)") }
    }

    private func summary(_ cell: MatrixCell) -> String {
        if let reason = cell.skipped { return "skipped: \(reason)" }
        guard let audit = cell.audit, cell.failed == nil else { return "could not run: \(cell.failed ?? "")" }
        let violations = audit.violations.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key.rawValue)" }
        let found = violations.isEmpty ? "" : " (\(violations.joined(separator: ", ")))"
        return String(
            format: "%@%@, %d accepted, %d delivered, %.0f s", cell.verdict.rawValue, found, audit.accepted,
            audit.delivered, cell.took)
    }

    /// An estimate of the time left, from what the runs so far took.
    private static func left(_ state: State, _ total: Int, _ guess: Double) -> String {
        let mean = state.took.isEmpty ? guess : state.took.reduce(0, +) / Double(state.took.count)
        let ran = min(mean, (ContinuousClock.now - state.begin) / .seconds(1))
        let minutes = Int(((mean * Double(total - state.done) - ran) / 60).rounded(.up))
        let time = minutes >= 60 ? "\(minutes / 60) h \(minutes % 60) min" : "\(minutes) min"
        return " · about \(time) left"
    }

    private func show(_ line: String, always: Bool) {
        if isTerminal {
            write("\r\u{1B}[K\(line)")
        } else if always {
            say(line)
        }
    }

    private func say(_ line: String) { write("\(line)\n") }

    private func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }
}
