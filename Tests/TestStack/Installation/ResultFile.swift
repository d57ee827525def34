import Foundation

/// Results as JSON, for scripts and for comparing runs.
package enum ResultFile {
    /// Writes `results` to a file, or to the standard output for `-`; nowhere when `path` is nil.
    package static func write(_ results: some Encodable, to path: String?) throws {
        guard let path else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let data = try encoder.encode(results) + Data("\n".utf8)
        if path == "-" {
            FileHandle.standardOutput.write(data)
        } else {
            try data.write(to: URL(fileURLWithPath: path))
        }
    }
}

/// Prints a line at once, also through a pipe.
package func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }
