import Messaging
import NIOCore

/// The clients of one event loop, and the clocks that have them send, come and go. Confined to that loop.
final class SwarmShard {
    let clients: [any SwarmMember]
    let log: SwarmLog
    private let loop: any EventLoop
    /// The share of the whole that this loop has, 0 to 1.
    private let share: Double
    private let groups: [[Int]]
    private let partners: [[Int]]
    private let topics: [[Int]]
    private let largeGroups: [[Int]]
    private var tasks: [RepeatedTask] = []
    private var sending: RepeatedTask?
    private var next = 0
    private var begin = NIODeadline.uptimeNanoseconds(0)
    private var turn = 0
    private var churns = false
    private var away: [(client: any SwarmMember, until: NIODeadline)] = []

    init(clients indices: [Int], tokens: [String], log: SwarmLog, loop: any EventLoop) {
        self.log = log
        self.loop = loop
        share = Double(indices.count) / Double(max(1, log.plan.clients))
        clients = indices.map { index in
            let token = tokens[log.names.user(ofDevice: index)]
            guard log.plan.speaks == .library else { return SwarmClient(index, log: log, token: token, loop: loop) }
            return LibraryMember(index, log: log, token: token, loop: loop)
        }
        groups = indices.map { log.plan.groups(of: log.names.user(ofDevice: $0)) }
        topics = indices.map { log.plan.topics(of: log.names.user(ofDevice: $0)) }
        largeGroups = indices.map { log.plan.largeGroups(of: log.names.user(ofDevice: $0)) }
        partners = indices.map { log.plan.partners(of: log.names.user(ofDevice: $0)) }
    }

    /// Connects all clients, so many at once, and succeeds when each has had its welcome.
    func connect(atOnce: Int) -> EventLoopFuture<Void> {
        let promise = loop.makePromise(of: Void.self)
        guard !clients.isEmpty else {
            promise.succeed()
            return promise.futureResult
        }
        var (started, open) = (0, 0)
        func startNext() {
            guard started < clients.count else { return }
            let client = clients[started]
            started += 1
            client.onOpen = { [unowned self] in
                open += 1
                if open == clients.count { promise.succeed() } else { startNext() }
            }
            client.connect()
        }
        for _ in 0..<atOnce { startNext() }
        let bound = NIOLoopBound(self, eventLoop: loop)
        tasks.append(
            loop.scheduleRepeatedTask(initialDelay: .milliseconds(100), delay: .milliseconds(100)) { _ in
                bound.value.tick()
            })
        return promise.futureResult
    }

    private func tick() {
        let now = NIODeadline.now()
        turn += 1
        for (place, client) in clients.enumerated() {
            // Each one acknowledges once a second, spread out.
            client.tick(now, acknowledges: (turn + place) % 10 == 0)
        }
        guard churns else { return }
        for (client, until) in away where until <= now { client.comeBack() }
        away.removeAll { $0.until <= now }
        if log.generator.chance(log.plan.churn * share / 10), let client = clients.randomElement(using: &log.generator)
        {
            sendAway(client, now)
        }
    }

    private func sendAway(_ client: any SwarmMember, _ now: NIODeadline) {
        guard client.isWanted, client.isOpen else { return }
        let resumption: SwarmClient.Resumption =
            switch Int.random(in: 0..<10, using: &log.generator) {
            case 0: .unnamed
            case 1, 2: client.recent.randomElement(using: &log.generator).map { .earlier($0) } ?? .named
            default: .named
            }
        client.goAway(gracefully: log.generator.chance(0.5), then: resumption)
        // Mostly short, sometimes long.
        let length = Double.random(in: 0...1, using: &log.generator)
        away.append((client, now + .milliseconds(Int64(200 + 19_800 * length * length))))
    }

    // MARK: Orders

    /// Lets clients come and go, or stay as they are.
    func churn(_ churns: Bool) { self.churns = churns }

    /// Everyone who is away comes back.
    func gather() {
        churns = false
        for (client, _) in away { client.comeBack() }
        away = []
    }

    /// Some clients go away for good.
    func dismiss(_ chosen: Set<Int>) {
        churns = false
        for client in clients where chosen.contains(client.index) {
            client.goAway(gracefully: log.generator.chance(0.5), then: .named)
        }
    }

    /// Sends this loop's share of the messages at their times, until ``stopSending()``.
    func startSending(from start: NIODeadline) {
        guard !clients.isEmpty else { return }
        begin = start
        let step = Int64(1_000_000_000 / (log.plan.rate * share))
        let bound = NIOLoopBound(self, eventLoop: loop)
        sending = loop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(1)) { _ in
            bound.value.sendDue(.nanoseconds(step))
        }
    }

    func stopSending() { sending?.cancel() }

    private func sendDue(_ step: TimeAmount) {
        let now = NIODeadline.now()
        while true {
            let due = begin + .nanoseconds(step.nanoseconds * Int64(next))
            guard due <= now else { return }
            next += 1
            // Whoever is away is passed over: the next one speaks.
            guard
                let place = (0..<clients.count).lazy.map({ (self.next + $0) % self.clients.count })
                    .first(where: { clients[$0].isWanted })
            else { continue }
            let user = log.names.user(ofDevice: clients[place].index)
            if let topic = topics[place].randomElement(using: &log.generator), log.generator.chance(log.plan.topicShare)
            {
                clients[place].send(to: .topic(topic), "topic:\(log.names.topic(topic))", due: due)
            } else if let group = largeGroups[place].randomElement(using: &log.generator),
                log.generator.chance(log.plan.largeGroupShare)
            {
                clients[place].send(to: .group(group), "group:\(log.names.group(group))", due: due)
            } else if let group = groups[place].randomElement(using: &log.generator),
                log.generator.chance(log.plan.groupShare)
            {
                clients[place].send(to: .group(group), "group:\(log.names.group(group))", due: due)
            } else if let other = partners[place].randomElement(using: &log.generator) {
                clients[place].send(to: .direct(user, other), "user:\(log.names.user(other))", due: due)
            }
        }
    }

    /// What has happened so far.
    func counts() -> SwarmLog.Counts {
        var counts = log.counts
        for client in clients {
            counts.control.open += client.isOpen ? 1 : 0
            counts.control.wanted += client.isWanted ? 1 : 0
            counts.unanswered += client.queue.unanswered.count
        }
        return counts
    }

    /// The largest id of a feed that has come to a device.
    func place(of device: Int, in conversation: ConversationKey) -> MessageID {
        clients.first { $0.index == device }?.places[conversation] ?? .zero
    }

    /// The devices that have a session, and that are to have one.
    func devices() -> (open: [Int], wanted: [Int]) {
        (clients.filter(\.isOpen).map(\.index), clients.filter(\.isWanted).map(\.index))
    }

    /// Ends everything and closes the record.
    func stop() {
        stopSending()
        for task in tasks { task.cancel() }
        for client in clients where client.isWanted { client.goAway(gracefully: false, then: .named) }
        log.writer.close()
    }
}

@available(*, unavailable)
extension SwarmShard: Sendable {}
