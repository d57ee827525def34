import Foundation

/// Appends events to a file of the record. Its buffer is bounded: when it is full it is written. Confined to one thread at a time.
final class RecordWriter {
    private static let capacity = 1 << 16

    private let file: FileHandle
    private var buffer: [UInt8] = []
    /// Why the disk takes no more; what comes after is dropped, and the run cannot be judged.
    private(set) var failure: (any Error)?

    /// - Throws: when the file cannot be made.
    init(_ url: URL) throws {
        try Data().write(to: url)
        file = try FileHandle(forWritingTo: url)
        buffer.reserveCapacity(Self.capacity)
    }

    func append(_ event: RecordEvent) {
        event.write(to: &buffer)
        if buffer.count >= Self.capacity { flush() }
    }

    func flush() {
        guard !buffer.isEmpty else { return }
        do {
            if failure == nil { try file.write(contentsOf: buffer) }
        } catch {
            failure = error
        }
        buffer.removeAll(keepingCapacity: true)
    }

    func close() {
        flush()
        try? file.close()
    }
}

@available(*, unavailable)
extension RecordWriter: Sendable {}
