import Foundation
import ServiceRuntime

/// `switchboard-audit report DIR`: the table of results that are there.
enum ReportCommand {
    static let name = "report"
    static let summary = "The table of a matrix' results, once more: switchboard-audit report DIR."

    /// Prints the table of a folder's results and writes it there as Markdown.
    /// - Returns: the exit code, as the matrix would have ended.
    static func run(_ path: String) throws -> Int32 {
        guard FileManager.default.fileExists(atPath: path) else { throw MatrixError("there is no folder \(path)") }
        let folder = try MatrixFolder(path)
        return try show(folder.all(), in: folder)
    }

    /// The same for results at hand.
    static func show(_ cells: [MatrixCell], in folder: MatrixFolder) throws -> Int32 {
        let table = MatrixTable(cells: cells)
        let file = try folder.write(table.markdown, to: "table.md")
        print("\n\(table.text)\nAs Markdown: \(file)")
        let verdicts = Set(cells.map(\.verdict))
        if verdicts.contains(.failed) { return 2 }
        return verdicts.contains(.violations) ? 1 : 0
    }
}
