import Synchronization

/// Whether a process can do its job now: which of its parts cannot, and why.
///
/// A part is known by a short name such as `redis` or `leases`. Nothing reported means ready.
public final class Readiness: Sendable {
    private let parts = Mutex<[String: String]>([:])
    private let notes = Mutex<[String: String]>([:])
    private let proofs = Mutex<[String: @Sendable () -> Duration]>([:])

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

    /// Has `/readyz` say something of a part that an operator should know of, though the process does its job without it; nil: no more.
    public func note(_ part: String, _ text: String?) {
        notes.withLock { $0[part] = text }
    }

    /// What is to be known of parts, by their names.
    public var remarks: [(part: String, text: String)] {
        notes.withLock { $0.sorted { $0.key < $1.key }.map { (part: $0.key, text: $0.value) } }
    }

    /// Has `/readyz` say how old the newest proof is that a part works, whether it is ready or not.
    public func proves(_ part: String, age: @escaping @Sendable () -> Duration) {
        proofs.withLock { $0[part] = age }
    }

    /// The ages of the proofs, by the name of their part.
    public var ages: [(part: String, age: Duration)] {
        let proofs = proofs.withLock { $0 }
        return proofs.sorted { $0.key < $1.key }.map { (part: $0.key, age: $0.value()) }
    }
}

extension Readiness {
    /// Says that a part works, or, with `trouble`, why it does not.
    public func report(_ part: String, _ trouble: (any Error)?) {
        if let trouble { notReady(part, "\(trouble)") } else { ready(part) }
    }
}
