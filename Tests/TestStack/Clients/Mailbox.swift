import NIOCore
import NIOPosix
import Synchronization

/// What has arrived and not been taken yet, and who waits for something.
final class Mailbox<Element: Sendable>: Sendable {
    private struct Waiter {
        let accepts: @Sendable (Element) -> Bool
        let promise: EventLoopPromise<Element?>
    }

    private struct State {
        var waiting: [Element] = []
        var all: [Element] = []
        var waiters: [(id: Int, waiter: Waiter)] = []
        var nextID = 0
        var isFinished = false
    }

    private let state = Mutex(State())

    /// Everything that ever arrived, taken or not.
    var all: [Element] { state.withLock { $0.all } }

    func put(_ element: Element) {
        let waiter = state.withLock { state -> Waiter? in
            state.all.append(element)
            if let place = state.waiters.firstIndex(where: { $0.waiter.accepts(element) }) {
                return state.waiters.remove(at: place).waiter
            }
            state.waiting.append(element)
            return nil
        }
        waiter?.promise.succeed(element)
    }

    /// Nothing more will come: whoever waits gets nil.
    func finish() {
        let waiters = state.withLock { state in
            state.isFinished = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.waiter.promise.succeed(nil) }
    }

    /// Takes the first element that `accepts` likes, now or when it comes; others stay.
    /// - Returns: nil when nothing more will come.
    /// - Throws: ``TestStackError`` `timedOut`, naming `what`.
    func take(
        _ what: String, within limit: Duration, where accepts: @escaping @Sendable (Element) -> Bool
    ) async throws -> Element? {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: Element?.self)
        let id = state.withLock { state -> Int? in
            if let place = state.waiting.firstIndex(where: accepts) {
                promise.succeed(state.waiting.remove(at: place))
                return nil
            }
            guard !state.isFinished else {
                promise.succeed(nil)
                return nil
            }
            state.nextID += 1
            state.waiters.append((state.nextID, Waiter(accepts: accepts, promise: promise)))
            return state.nextID
        }
        guard let id else { return try await promise.futureResult.get() }
        let timeout = loop.scheduleTask(in: .init(limit)) {
            let waiter = self.state.withLock { state -> Waiter? in
                state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0).waiter }
            }
            waiter?.promise.fail(TestStackError(.timedOut, "\(what): not within \(limit)"))
        }
        defer { timeout.cancel() }
        return try await promise.futureResult.get()
    }
}
