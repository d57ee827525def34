import NIOCore

/// The clients of one event loop, and the clock that has them send. Confined to that loop.
final class TrafficShard {
    /// What has happened so far.
    struct Counts: Sendable {
        var open = 0
        var sent = 0
        var accepted = 0
        var delivered = 0
        var unanswered = 0
        var reconnects = 0
        /// Deliveries since the last look, in microseconds.
        var recent: [UInt32] = []

        mutating func add(_ other: Counts) {
            open += other.open
            sent += other.sent
            accepted += other.accepted
            delivered += other.delivered
            unanswered += other.unanswered
            reconnects += other.reconnects
            recent += other.recent
        }
    }

    let clients: [TrafficClient]
    private let plan: TrafficPlan
    private let loop: any EventLoop
    private let groups: [[Int]]
    private var generator: SystemRandomNumberGenerator
    private var looked: [Int]
    private var next = 0
    private var count = 0
    private var clock: RepeatedTask?
    private var acknowledgements: RepeatedTask?
    private var connecting: EventLoopPromise<Void>?

    init(clients indices: [Int], plan: TrafficPlan, tokens: [String], loop: any EventLoop) {
        self.plan = plan
        self.loop = loop
        clients = indices.map { TrafficClient($0, plan: plan, token: tokens[$0], loop: loop) }
        groups = indices.map { plan.groups(of: $0) }
        generator = SystemRandomNumberGenerator()
        looked = Array(repeating: 0, count: indices.count)
    }

    /// Connects all clients, so many at once, and succeeds when each has had its welcome.
    func connect(atOnce: Int) -> EventLoopFuture<Void> {
        let promise = loop.makePromise(of: Void.self)
        guard !clients.isEmpty else {
            promise.succeed()
            return promise.futureResult
        }
        connecting = promise
        var (started, open) = (0, 0)
        func startNext() {
            guard started < clients.count else { return }
            let client = clients[started]
            started += 1
            client.onOpen = { [unowned self] in
                open += 1
                if open == clients.count { connected(.success(())) } else { startNext() }
            }
            client.connect()
        }
        for _ in 0..<atOnce { startNext() }
        let bound = NIOLoopBound(self, eventLoop: loop)
        acknowledgements = loop.scheduleRepeatedTask(initialDelay: .milliseconds(250), delay: .milliseconds(250)) { _ in
            for client in bound.value.clients { client.acknowledge() }
        }
        return promise.futureResult
    }

    private func connected(_ result: Result<Void, any Error>) {
        connecting?.completeWith(result)
        connecting = nil
    }

    /// Sends this loop's share of the messages at their times.
    /// - Parameters:
    ///   - start: when the first one is due.
    ///   - interval: the time between two of this loop.
    ///   - count: how many in all.
    func send(from start: NIODeadline, every interval: Duration, count: Int) {
        guard !clients.isEmpty, count > 0 else { return }
        self.count = count
        next = 0
        let step = interval.components.seconds * 1_000_000_000 + interval.components.attoseconds / 1_000_000_000
        let bound = NIOLoopBound(self, eventLoop: loop)
        clock = loop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(1)) { _ in
            bound.value.sendDue(start, .nanoseconds(step))
        }
    }

    private func sendDue(_ start: NIODeadline, _ step: TimeAmount) {
        let now = NIODeadline.now()
        while next < count {
            let due = start + .nanoseconds(step.nanoseconds * Int64(next))
            guard due <= now else { return }
            let place = next % clients.count
            clients[place].send(to: target(from: place), due: due)
            next += 1
        }
        clock?.cancel()
        clock = nil
    }

    private func target(from place: Int) -> TrafficLedger.Target {
        let own = groups[place]
        if !own.isEmpty, Double.random(in: 0..<1, using: &generator) < plan.groupShare {
            return .group(own[Int.random(in: 0..<own.count, using: &generator)])
        }
        let other = Int.random(in: 0..<plan.clients - 1, using: &generator)
        return .client(other >= clients[place].index ? other + 1 : other)
    }

    /// What has happened so far.
    func counts() -> Counts {
        var counts = Counts()
        for (place, client) in clients.enumerated() {
            counts.open += client.isOpen ? 1 : 0
            counts.sent += client.sent
            counts.accepted += client.ledger.accepted.count
            counts.delivered += client.deliveries.count
            counts.unanswered += client.unanswered
            counts.reconnects += client.reconnects
            counts.recent += client.deliveries[looked[place]...]
            looked[place] = client.deliveries.count
        }
        return counts
    }

    func stop() {
        clock?.cancel()
        acknowledgements?.cancel()
        for client in clients { client.stop() }
        connected(.failure(CancellationError()))
    }
}

@available(*, unavailable)
extension TrafficShard: Sendable {}
