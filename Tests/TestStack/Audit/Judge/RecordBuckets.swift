import Foundation

/// A record cut into buckets by a hash of what its events are about, so that one bucket at a time is judged in memory.
final class RecordBuckets {
    /// About how many bytes of a record go into one bucket.
    private static let size = 48 << 20

    private let folder: URL
    private let writers: [RecordWriter]

    /// - Parameters:
    ///   - folder: where the buckets are made; it is removed by ``remove()``.
    ///   - total: bytes of the record.
    init(_ folder: URL, total: Int) throws {
        self.folder = folder
        try? FileManager.default.removeItem(at: folder)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let count = min(200, max(1, total / Self.size + 1))
        writers = try (0..<count).map { try RecordWriter(folder.appending(path: "\($0).bucket")) }
    }

    func add(_ event: RecordEvent, by key: UInt64) {
        // Fibonacci hashing: neighbours go apart.
        let bucket = Int((key &* 0x9e37_79b9_7f4a_7c15) >> 33) % writers.count
        writers[bucket].append(event)
    }

    /// Reads one bucket after the other.
    /// - Parameter end: called after each.
    func read(_ body: (RecordEvent) throws -> Void, end: () throws -> Void) throws {
        for writer in writers {
            writer.close()
            if let failure = writer.failure { throw failure }
        }
        for number in writers.indices {
            try RecordFolder.read(folder.appending(path: "\(number).bucket"), body)
            try end()
        }
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }
}
