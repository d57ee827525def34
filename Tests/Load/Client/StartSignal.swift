import Synchronization

/// Holds something back until something else is so far.
final class StartSignal: Sendable {
    private let hasBegun = Atomic(false)

    func begin() { hasBegun.store(true, ordering: .releasing) }

    /// Does `work` once it has begun.
    /// - Throws: `CancellationError` when nobody waits for it any more.
    func wait<Value: Sendable>(_ work: @Sendable () async throws -> Value) async throws -> Value {
        while !hasBegun.load(ordering: .acquiring) { try await Task.sleep(for: .milliseconds(5)) }
        return try await work()
    }
}
