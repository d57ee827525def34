import Foundation

/// The folder of a matrix' results: a JSON file for each fault and seed, and a folder with the record and the logs beside those that were not clean.
struct MatrixFolder: Sendable {
    let url: URL

    /// The folder at a path; made if it is not there.
    init(_ path: String) throws(MatrixError) {
        url = URL(fileURLWithPath: path, isDirectory: true)
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            throw MatrixError("the results cannot be kept in \(path): \(error.localizedDescription)")
        }
    }

    private func name(_ fault: String, _ seed: UInt64, _ ways: String?) -> String {
        "\(fault).\(seed)" + (ways.map { ".\($0)" } ?? "")
    }

    /// Where the record and the logs of a run go.
    func evidence(_ fault: String, _ seed: UInt64, _ ways: String? = nil) -> URL {
        url.appendingPathComponent(name(fault, seed, ways), isDirectory: true)
    }

    /// Writes what came of a run, in one step: a file is there whole or not at all.
    func write(_ cell: MatrixCell) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let name = name(cell.fault, cell.seed, cell.conditions.ways)
        try encoder.encode(cell).write(to: url.appendingPathComponent("\(name).json"), options: .atomic)
    }

    /// What came of a run; nil when it has not been done.
    func read(_ fault: String, _ seed: UInt64, _ ways: String? = nil) -> MatrixCell? {
        try? Self.decode(url.appendingPathComponent("\(name(fault, seed, ways)).json"))
    }

    /// All results, in the order of the matrix.
    /// - Throws: ``MatrixError`` for a file that is no result, or when there is none.
    func all() throws(MatrixError) -> [MatrixCell] {
        let files = ((try? FileManager.default.contentsOfDirectory(at: url, includingPropertiesForKeys: nil)) ?? [])
            .filter { $0.pathExtension == "json" }
        guard !files.isEmpty else { throw MatrixError("there are no results in \(url.path)") }
        var cells: [MatrixCell] = []
        for file in files {
            do {
                cells.append(try Self.decode(file))
            } catch {
                throw MatrixError("\(file.lastPathComponent) is no result of a matrix: \(error)")
            }
        }
        let places = Dictionary(uniqueKeysWithValues: Scenario.all.enumerated().map { ($1.name, $0) })
        return cells.sorted {
            (places[$0.fault] ?? .max, $0.name, $0.seed) < (places[$1.fault] ?? .max, $1.name, $1.seed)
        }
    }

    /// Writes a text file and returns its path.
    func write(_ text: String, to name: String) throws -> String {
        let file = url.appendingPathComponent(name)
        try text.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }

    private static func decode(_ file: URL) throws -> MatrixCell {
        try JSONDecoder().decode(MatrixCell.self, from: Data(contentsOf: file))
    }
}
