import Synchronization

/// A message on its way: known to the client, and sent as soon as there is a session, again and again until it is answered.
public final class Sending: Sendable {
    private struct State {
        var result: Result<Accepted, ClientError>?
        var waiters: [Int: CheckedContinuation<Result<Accepted, ClientError>?, Never>] = [:]
        var cancelled: Set<Int> = []
        var count = 0
    }

    private let state = Mutex(State())

    init() {}

    /// The answer. Cancelling ends the waiting, not the message.
    /// - Throws: ``ClientError``: `refused` with the server's code, `invalid`, `queueFull` or `closed`. `CancellationError`.
    public var accepted: Accepted {
        get async throws {
            let ticket = state.withLock { state in
                state.count += 1
                return state.count
            }
            let result = await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in wait(ticket, continuation) }
            } onCancel: {
                let waiter = state.withLock { state in
                    state.cancelled.insert(ticket)
                    return state.waiters.removeValue(forKey: ticket)
                }
                waiter?.resume(returning: nil)
            }
            guard let result else { throw CancellationError() }
            return try result.get()
        }
    }

    private func wait(_ ticket: Int, _ continuation: CheckedContinuation<Result<Accepted, ClientError>?, Never>) {
        let answer = state.withLock { state -> Result<Accepted, ClientError>?? in
            if let result = state.result { return .some(result) }
            if state.cancelled.remove(ticket) != nil { return .some(nil) }
            state.waiters[ticket] = continuation
            return nil
        }
        if let answer { continuation.resume(returning: answer) }
    }

    func settle(_ result: Result<Accepted, ClientError>) {
        let waiters = state.withLock { state in
            defer { state.waiters = [:] }
            if state.result == nil { state.result = result }
            return state.waiters.values.map { $0 }
        }
        for waiter in waiters { waiter.resume(returning: result) }
    }
}
