import Foundation
import TestStack

/// Rows on their way into a table, through psql's `COPY … FROM STDIN`.
final class CopyStream {
    private let process = Process()
    private let input = Pipe()
    private var buffer: [UInt8] = []

    /// Opens the way; `columns` in the order of the fields of a row.
    init(_ database: Psql, into table: String, columns: [String]) throws {
        // psql may end before we do: that is to be an error of a write, not a signal.
        signal(SIGPIPE, SIG_IGN)
        process.executableURL = URL(fileURLWithPath: database.program)
        process.arguments =
            database.arguments + ["-c", "copy \(table) (\(columns.joined(separator: ", "))) from stdin"]
        process.standardInput = input
        try process.run()
    }

    /// A row. What is in a text has to be without tabs, line ends and backslashes.
    func row(_ fields: String...) throws {
        for (place, field) in fields.enumerated() {
            if place > 0 { buffer.append(UInt8(ascii: "\t")) }
            buffer.append(contentsOf: field.utf8)
        }
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count > 1 << 20 { try flush() }
    }

    /// Waits until all rows are in the table.
    func finish() throws {
        try flush()
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw TestStackError(.process, "psql ended with \(process.terminationStatus)")
        }
    }

    private func flush() throws {
        try input.fileHandleForWriting.write(contentsOf: Data(buffer))
        buffer.removeAll(keepingCapacity: true)
    }
}
