import Foundation

/// The record of a run on disk: `plan.json` and one file of events for each writer. Within a file the events of a device are in the order of time.
struct RecordFolder: Sendable {
    let url: URL

    init(_ url: URL) { self.url = url }

    /// Makes the folder and writes the plan down. An older record in it is thrown away.
    func begin(_ plan: AuditPlan) throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        for file in try files() { try FileManager.default.removeItem(at: file) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(plan).write(to: url.appending(path: "plan.json"))
    }

    /// The plan of the run.
    func plan() throws -> AuditPlan {
        try JSONDecoder().decode(AuditPlan.self, from: Data(contentsOf: url.appending(path: "plan.json")))
    }

    /// The files of events.
    func files() throws -> [URL] {
        try FileManager.default.contentsOfDirectory(at: url, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "record" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    /// Bytes of events.
    func size() throws -> Int {
        try files().reduce(0) { sum, file in
            try sum + (FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int ?? 0)
        }
    }

    /// Reads all events, a megabyte at a time.
    func read(_ body: (RecordEvent) throws -> Void) throws {
        for file in try files() { try Self.read(file, body) }
    }

    /// Reads the events of one file. What was cut off at its end is left out.
    static func read(_ file: URL, _ body: (RecordEvent) throws -> Void) throws {
        let handle = try FileHandle(forReadingFrom: file)
        defer { try? handle.close() }
        while let data = try handle.read(upToCount: RecordEvent.size << 14), !data.isEmpty {
            let bytes = [UInt8](data)
            for offset in stride(from: 0, to: bytes.count - RecordEvent.size + 1, by: RecordEvent.size) {
                guard let event = RecordEvent(bytes, at: offset) else { throw RecordError.unreadable(file.path) }
                try body(event)
            }
        }
    }
}

/// Why a record cannot be judged.
enum RecordError: Error, CustomStringConvertible {
    case unreadable(String)

    var description: String {
        switch self {
        case .unreadable(let path): "\(path) is no record of this version"
        }
    }
}
