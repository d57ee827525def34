import Messaging
import Synchronization

/// Which event loop of this edge has a SockJS session, and how its event loops reach one another. For all threads.
final class SockJSDirectory: Sendable {
    typealias Handler = @Sendable (SockJSCall) -> Void

    private struct State {
        var loops: [String: Int] = [:]
        var handlers: [Int: Handler] = [:]
        /// The last entry of the edge's stream that was read, until it is cut off.
        var read: MessageID?
    }

    private let state = Mutex(State())

    // MARK: Sessions

    /// Sessions that live on this edge.
    var count: Int { state.withLock { $0.loops.count } }

    func loop(of session: String) -> Int? { state.withLock { $0.loops[session] } }

    /// Enters a session; false when it is there already.
    func enter(_ session: String, loop: Int) -> Bool {
        state.withLock { state in
            guard state.loops[session] == nil else { return false }
            state.loops[session] = loop
            return true
        }
    }

    func remove(_ session: String) { state.withLock { $0.loops[session] = nil } }

    // MARK: Event loops

    /// Calls for this event loop are handed to `handler`, on any thread.
    func register(_ loop: Int, _ handler: @escaping Handler) { state.withLock { $0.handlers[loop] = handler } }

    /// Hands a call to its event loop; what is for none that is here is dropped, and whoever asked waits no longer than it would for any answer.
    func hand(_ call: SockJSCall) {
        state.withLock { $0.handlers[call.loop] }?(call)
    }

    // MARK: The edge's stream

    /// Entries up to this one have been read.
    func noteRead(_ id: MessageID) { state.withLock { $0.read = id } }

    /// Up to where the stream is to be cut off; nil when nothing was read since this was asked last.
    func takeRead() -> MessageID? {
        state.withLock { state in
            defer { state.read = nil }
            return state.read
        }
    }
}
