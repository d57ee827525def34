import Messaging
import Synchronization

/// What waits for the application, and the application when it waits for something.
///
/// How much waits is bounded by the ``ClientStateMachine``, which is told how much was taken: all that was handed out counts as taken when the next one is asked
/// for.
final class EventBuffer: Sendable {
    /// How many were taken, and up to which cursor.
    struct Taken: Sendable {
        var count = 0
        var cursor: MessageID?
    }

    private struct State {
        var queue: [ClientAction.Emission] = []
        /// Where the queue begins: taken from the front without moving the rest each time.
        var head = 0
        var state: ConnectionState?
        /// The one that the application has now.
        var current: ClientAction.Emission?
        var waiter: (ticket: Int, continuation: CheckedContinuation<ClientEvent?, Never>)?
        /// Calls that were cancelled before they could begin to wait.
        var cancelled: Set<Int> = []
        var calls = 0
        var isFinished = false
        /// What was taken and not reported yet.
        var taken = Taken()
        var isReporting = false
    }

    private let state = Mutex(State())
    /// Called when something was taken that is to be fetched with ``report()``.
    private let onTaken: Mutex<(@Sendable () -> Void)?> = Mutex(nil)

    /// What to call, from any thread, when something was taken.
    func whenTaken(_ action: (@Sendable () -> Void)?) { onTaken.withLock { $0 = action } }

    /// What was taken since the last report.
    func report() -> Taken {
        state.withLock { state in
            defer { (state.taken, state.isReporting) = (Taken(), false) }
            return state.taken
        }
    }

    // MARK: Putting

    func put(_ emission: ClientAction.Emission) {
        change { state in
            state.queue.append(emission)
        }
    }

    func put(_ connection: ConnectionState) { change { $0.state = connection } }

    /// Nothing more will come: what waits is still given out.
    func finish() { change { $0.isFinished = true } }

    private func change(_ change: (inout State) -> Void) {
        let (action, reports) = state.withLock { state -> ((() -> Void)?, Bool) in
            change(&state)
            guard let waiter = state.waiter else { return (nil, false) }
            let before = state.isReporting
            guard let event = Self.next(&state) else { return (nil, state.isReporting && !before) }
            state.waiter = nil
            return ({ waiter.continuation.resume(returning: event) }, state.isReporting && !before)
        }
        action?()
        if reports { tellTaken() }
    }

    private func tellTaken() {
        let action = onTaken.withLock { $0 }
        action?()
    }

    // MARK: Taking

    /// The next event; nil when there will be none, or when who asks is cancelled.
    func next() async -> ClientEvent? {
        let ticket = state.withLock { state in
            state.calls += 1
            return state.calls
        }
        let event = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in take(ticket, continuation) }
        } onCancel: {
            cancel(ticket)
        }
        state.withLock { _ = $0.cancelled.remove(ticket) }
        return event
    }

    private func cancel(_ ticket: Int) {
        let waiter = state.withLock { state -> CheckedContinuation<ClientEvent?, Never>? in
            guard let waiter = state.waiter, waiter.ticket == ticket else {
                state.cancelled.insert(ticket)
                return nil
            }
            state.waiter = nil
            return waiter.continuation
        }
        waiter?.resume(returning: nil)
    }

    private func take(_ ticket: Int, _ continuation: CheckedContinuation<ClientEvent?, Never>) {
        let (result, reports) = state.withLock { state -> (ClientEvent??, Bool) in
            // Two at a time cannot both be told everything: the second is told nothing.
            guard state.waiter == nil, !state.cancelled.contains(ticket) else { return (.some(nil), false) }
            let before = state.isReporting
            Self.complete(&state)
            if let event = Self.next(&state) { return (event, state.isReporting && !before) }
            state.waiter = (ticket, continuation)
            return (.none, state.isReporting && !before)
        }
        if let result { continuation.resume(returning: result) }
        if reports { tellTaken() }
    }

    /// The event that was given out last has been dealt with.
    private static func complete(_ state: inout State) {
        guard let current = state.current else { return }
        state.current = nil
        note(current, &state)
    }

    private static func note(_ emission: ClientAction.Emission, _ state: inout State) {
        state.taken.count += 1
        state.taken.cursor = emission.cursor ?? state.taken.cursor
        state.isReporting = true
    }

    /// What to give out now: an event, `.some(nil)` at the end, or nothing yet.
    private static func next(_ state: inout State) -> ClientEvent?? {
        // Where the session is does not wait behind messages.
        if let connection = state.state {
            state.state = nil
            return .state(connection)
        }
        while state.head < state.queue.count {
            let emission = state.queue[state.head]
            state.head += 1
            if state.head == state.queue.count || state.head >= 1_024 {
                state.queue.removeFirst(state.head)
                state.head = 0
            }
            guard let event = emission.event else {
                note(emission, &state)
                continue
            }
            state.current = emission
            return event
        }
        return state.isFinished ? .some(nil) : nil
    }
}
