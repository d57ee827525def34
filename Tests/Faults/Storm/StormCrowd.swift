import NIOCore
import NIOPosix

/// The idle devices of one event loop.
final class StormCrowd {
    private let clients: [StormClient]
    private let loop: any EventLoop
    private var started = 0
    private var connected: EventLoopPromise<Void>?
    private var open = 0

    init(_ clients: [StormClient], loop: any EventLoop) {
        self.clients = clients
        self.loop = loop
    }

    /// Connects all, so many at once, and succeeds when each has had its welcome.
    func connect(atOnce: Int) -> EventLoopFuture<Void> {
        let promise = loop.makePromise(of: Void.self)
        connected = promise
        for _ in 0..<atOnce { startNext() }
        if clients.isEmpty { finish() }
        return promise.futureResult
    }

    private func startNext() {
        guard started < clients.count else { return }
        let client = clients[started]
        started += 1
        client.onWelcome = { [unowned self, unowned client] in
            client.onWelcome = nil
            open += 1
            if open == clients.count { finish() } else { startNext() }
        }
        client.connect()
    }

    private func finish() {
        connected?.succeed()
        connected = nil
    }

    func faultBegins(_ now: NIODeadline) { for client in clients { client.faultBegins(now) } }

    /// How many are back, and how many have a session at all.
    var counts: (back: Int, open: Int) {
        clients.reduce(into: (0, 0)) { counts, client in
            if client.story.isBack { counts.0 += 1 }
            if client.isOpen { counts.1 += 1 }
        }
    }

    var stories: [StormClient.Story] { clients.map(\.story) }

    /// Index and edge of each; nil for one without a session.
    var edges: [(index: Int, edge: String?)] { clients.map { ($0.index, $0.edge) } }

    func stop() {
        for client in clients { client.stop() }
        connected?.fail(CancellationError())
        connected = nil
    }
}

@available(*, unavailable)
extension StormCrowd: Sendable {}
