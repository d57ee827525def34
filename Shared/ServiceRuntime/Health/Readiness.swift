import Synchronization

/// Whether a process can do its job now: which of its parts cannot, and why.
///
/// A part is known by a short name such as `redis` or `leases`. Nothing reported means ready.
public final class Readiness: Sendable {
    private let parts = Mutex<[String: String]>([:])

    public init() {}

    /// Says that a part works.
    public func ready(_ part: String) {
        parts.withLock { $0[part] = nil }
    }

    /// Says that a part does not work.
    ///
    /// - Parameter reason: Why, in words for an operator and without secrets; shown by `/readyz`.
    public func notReady(_ part: String, _ reason: String) {
        parts.withLock { $0[part] = reason }
    }

    /// The parts that do not work, by name; empty when the process is ready.
    public var failures: [(part: String, reason: String)] {
        parts.withLock { $0.sorted { $0.key < $1.key }.map { (part: $0.key, reason: $0.value) } }
    }
}
