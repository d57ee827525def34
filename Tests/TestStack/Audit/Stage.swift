import Synchronization

/// What an audit is doing just now, for whoever shows it.
final class Stage: Sendable {
    private struct State {
        var name = ""
        var began = ContinuousClock.now
        var total = 0.0
    }

    private let state = Mutex(State())

    /// - Parameter total: seconds that it will take, as far as that is known.
    func begin(_ name: String, total: Double = 0) {
        state.withLock { $0 = State(name: name, began: .now, total: total) }
    }

    var current: (name: String, elapsed: Double, total: Double) {
        state.withLock { ($0.name, (ContinuousClock.now - $0.began) / .seconds(1), $0.total) }
    }
}
