import Messaging
import Synchronization

/// Whose sessions are on this edge, known to all threads: what is for nobody here need not be read, and who is not here can be told.
///
/// A session counts from before it registers until after it has ended. Users are known by their ``EdgeBatch/fingerprint(of:)``.
final class SessionCensus: Sendable {
    private let counts = Mutex<[UInt64: Int32]>([:])

    func add(_ user: String) {
        let fingerprint = EdgeBatch.fingerprint(of: user)
        counts.withLock { $0[fingerprint, default: 0] += 1 }
    }

    func remove(_ user: String) {
        let fingerprint = EdgeBatch.fingerprint(of: user)
        counts.withLock { counts in
            guard let count = counts[fingerprint] else { return }
            counts[fingerprint] = count > 1 ? count - 1 : nil
        }
    }

    /// Reads a batch, without those who are not here. Locks the census for the time of one batch.
    /// - Parameter absent: gets their names, unless it is nil.
    /// - Returns: what is left, and how many items there were.
    /// - Throws: `MessagingError` when the batch cannot be read.
    func read(
        _ bytes: [UInt8], absent: inout [String]?
    ) throws(MessagingError) -> (batch: EdgeBatch, count: Int) {
        var batch = EdgeBatch()
        var names = absent
        let count = try counts.withLock { (counts) throws(MessagingError) -> Int in
            try batch.read(bytes, where: { counts[$0] != nil }, absent: &names)
        }
        absent = names
        return (batch, count)
    }
}
