import Synchronization

/// Lets one task sleep until a time, or until somebody rouses it. A call that comes while nobody sleeps ends the next sleep at once.
final class Alarm: Sendable {
    private struct State {
        var sleeper: CheckedContinuation<Void, Never>?
        var isRoused = false
    }

    private let state = Mutex(State())

    /// Whether the next sleep would end at once.
    var isRoused: Bool { state.withLock { $0.isRoused } }

    /// Ends the sleep, or the next one.
    func rouse() {
        let sleeper = state.withLock { state in
            state.isRoused = state.sleeper == nil
            defer { state.sleeper = nil }
            return state.sleeper
        }
        sleeper?.resume()
    }

    /// Sleeps until `time`, or for any time when that is nil. Cancellation ends it.
    func sleep(until time: ContinuousClock.Instant?) async {
        await withTaskGroup(of: Void.self) { group in
            if let time {
                group.addTask {
                    // Cancelled when something else ended the sleep: to rouse then would end the next one, and that the one after it.
                    guard (try? await Task.sleep(until: time, clock: .continuous)) != nil else { return }
                    self.rouse()
                }
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { sleeper in
                    let isRoused = state.withLock { state in
                        guard !state.isRoused else {
                            state.isRoused = false
                            return true
                        }
                        state.sleeper = sleeper
                        return false
                    }
                    if isRoused { sleeper.resume() }
                }
            } onCancel: {
                self.rouse()
            }
            group.cancelAll()
        }
    }
}
