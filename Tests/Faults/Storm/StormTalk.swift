import NIOCore

/// Devices on the other edges that talk to each other, on an event loop of their own: what they notice of a storm is what it costs everybody.
final class StormTalk {
    /// Messages counted and the time each took, in microseconds from when it was to be sent.
    struct Tally: Sendable {
        var sent = 0
        var delivered = 0
        var latencies: [UInt32] = []
    }

    private let clients: [StormClient]
    private let users: [String]
    private let loop: any EventLoop
    private var crowd: StormCrowd
    private var clock: RepeatedTask?
    private var tally = Tally()
    private var counters: [UInt64]

    /// - Parameter users: of the clients, in their order. Each talks to the next one, the last to the first.
    init(_ clients: [StormClient], users: [String], loop: any EventLoop) {
        self.clients = clients
        self.users = users
        self.loop = loop
        crowd = StormCrowd(clients, loop: loop)
        counters = Array(repeating: 0, count: clients.count)
        for client in clients { client.onMessage = { [unowned self] in arrived($0) } }
    }

    func connect() -> EventLoopFuture<Void> { crowd.connect(atOnce: 16) }

    /// Sends so many messages a second from now on, each at its time whether or not earlier ones have come.
    func begin(rate: Double) {
        let start = NIODeadline.now()
        let bound = NIOLoopBound(self, eventLoop: loop)
        clock = loop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(1)) { _ in
            bound.value.sendDue(start, rate)
        }
    }

    private func sendDue(_ start: NIODeadline, _ rate: Double) {
        while true {
            let due = start + .nanoseconds(Int64(Double(tally.sent) / rate * 1e9))
            guard due <= .now() else { return }
            let place = tally.sent % clients.count
            counters[place] += 1
            tally.sent += 1
            clients[place].send(
                n: counters[place],
                "{\"type\":\"send\",\"n\":\(counters[place]),\"to\":\"user:\(users[(place + 1) % users.count])\",\"data\":{\"t\":\(due.uptimeNanoseconds)}}"
            )
        }
    }

    private func arrived(_ frame: StormFrame) {
        guard let time = frame.number("t") else { return }
        tally.delivered += 1
        let now = NIODeadline.now().uptimeNanoseconds
        tally.latencies.append(UInt32(clamping: now > time ? (now - time) / 1000 : 0))
    }

    /// What has happened so far; the latencies since the last time this was asked.
    func take() -> Tally {
        defer { tally.latencies.removeAll(keepingCapacity: true) }
        return tally
    }

    /// Sends no more.
    func end() {
        clock?.cancel()
        clock = nil
    }

    func stop() {
        end()
        crowd.stop()
    }
}

@available(*, unavailable)
extension StormTalk: Sendable {}
