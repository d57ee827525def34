import ServiceRuntime
import Synchronization

/// What readiness says of storing: the partitions whose last attempt failed, and why.
///
/// By partition, since each is tried again until it is stored, or until it is another history's: then this one has nothing to say of it any more.
final class IngestHealth: Sendable {
    /// The part of the readiness that this speaks for.
    static let part = "ingest"

    private let readiness: Readiness
    private let failing = Mutex<[Int: String]>([:])

    init(readiness: Readiness) { self.readiness = readiness }

    func failed(_ partitions: some Sequence<Int>, reason: String) {
        change { failing in
            for partition in partitions { failing[partition] = reason }
        }
    }

    func stored(_ partitions: some Sequence<Int>) {
        change { failing in
            for partition in partitions { failing[partition] = nil }
        }
    }

    /// The partition is not read here any more.
    func lost(_ partition: Int) { stored(CollectionOfOne(partition)) }

    /// Told within the lock, so that what is said last is what is so; readiness calls nobody in its turn.
    private func change(_ body: (inout [Int: String]) -> Void) {
        failing.withLock { failing in
            let before = failing.count
            body(&failing)
            guard !failing.isEmpty else {
                if before > 0 { readiness.ready(Self.part) }
                return
            }
            // The reason of the lowest partition, so that the text stays while several fail for different reasons.
            let (partition, reason) = failing.min { $0.key < $1.key }!
            let others = failing.count > 1 ? " and \(failing.count - 1) more" : ""
            readiness.notReady(Self.part, "partition \(partition)\(others): \(reason)")
        }
    }
}
