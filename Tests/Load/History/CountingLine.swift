import Foundation
import TestStack

/// Says which of some steps is under way: in one line where there is a terminal.
final class CountingLine {
    private let total: Int
    private var done = 0
    private let isTerminal = isatty(STDOUT_FILENO) == 1

    init(total: Int) { self.total = total }

    func step(_ name: String) {
        done += 1
        let text = "\(done) of \(total): \(name)"
        if isTerminal { FileHandle.standardOutput.write(Data("\r\u{1B}[K\(text)".utf8)) } else { say(text) }
        if isTerminal, done == total { say("") }
    }
}
