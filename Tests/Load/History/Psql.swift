import Foundation
import TestStack

/// The psql of this machine, and the database that it talks to.
struct Psql {
    let program: String
    let arguments: [String]

    init(url: String) throws {
        program = try Programs.installed("psql", package: "postgresql-client")
        arguments = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url]
    }

    /// Runs statements and gives what they print.
    @discardableResult
    func run(_ sql: String) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments + ["-c", sql]
        process.standardOutput = output
        try process.run()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw TestStackError(.process, "psql ended with \(process.terminationStatus)")
        }
        return String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
