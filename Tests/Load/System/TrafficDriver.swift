import Foundation

/// Sends what a plan says and judges what comes. Confined to its loop's thread.
final class TrafficDriver: LoadDriver {
    /// What came within half a second.
    struct Interval {
        var start: UInt64
        var end: UInt64
        var accepted = 0
        var delivered = 0
        /// Of the deliveries, in milliseconds.
        var p50 = 0.0
        var p99 = 0.0
    }

    private enum Stage { case connecting, warming, measuring, draining }

    private struct Client {
        var n: UInt64 = 0
        var pending = PendingSends()
        var unacknowledged = 0
        var isWelcome = false
    }

    private struct Progress {
        var sent: UInt32 = 0
        /// Deliveries that have not come yet.
        var outstanding = 0
        /// Messages that were refused: nobody has to get them.
        var withdrawn: Set<UInt32> = []
        /// Until when nothing is sent, since the server has asked for that.
        var heldUntil: UInt64 = 0
        /// The frame but for its head: what changes is written over.
        var template: [UInt8] = []
    }

    /// Clients that connect at the same time.
    private static let connectsAtOnce = 64
    /// How long nobody may be let in before that is given up.
    private static let connectPatience: UInt64 = 60_000_000_000
    /// For how long a stream is held whose refusal does not say it.
    private static let pause = 100.0

    private let plan: TrafficPlan
    private let targets: [String]
    private let onProgress: (Interval, String) -> Void
    private var clients: [Client]
    private var streams: [Progress]
    private var stage = Stage.connecting
    private var stageEnd: UInt64 = 0
    private var started: UInt64 = 0
    private var sentInOpenLoop = 0
    private var nextStream = 0
    private var lastArrival: UInt64 = 0
    private var interval = Interval(start: 0, end: 0)
    private var intervalTimes = LatencyRecorder()
    /// Streams that wait until they may send again.
    private var held: [Int] = []
    /// Answers to what was not waited for.
    private var answered = 0

    private(set) var ledger = StreamLedger()
    private(set) var intervals: [Interval] = []
    private(set) var acceptance = LatencyRecorder()
    private(set) var delivery = LatencyRecorder()
    private(set) var welcomed = 0
    private(set) var sent = 0
    private(set) var accepted = 0
    /// Of these, while it was measured.
    private(set) var measuredAccepted = 0
    private(set) var measuredDelivered = 0
    private(set) var measuredFrom: UInt64 = 0
    private(set) var measuredTo: UInt64 = 0
    /// Time that the loop has waited while it was measured, in nanoseconds.
    private(set) var idle: UInt64 = 0
    /// Sends that were refused, by the code.
    private(set) var refused: [String: Int] = [:]
    /// Whatever else the server had to say, as it said it.
    private(set) var remarks: [String: Int] = [:]
    private(set) var gaps = 0
    private(set) var closes: [String: Int] = [:]
    private(set) var unread = 0

    /// - Parameter targets: path and query of each client's handshake.
    init(
        _ plan: TrafficPlan, targets: [String], onProgress: @escaping (Interval, String) -> Void = { _, _ in }
    ) {
        self.plan = plan
        self.targets = targets
        self.onProgress = onProgress
        clients = Array(repeating: Client(), count: plan.users.count)
        streams = plan.streams.map { _ in Progress() }
    }

    // MARK: What comes

    func opened(_ number: Int, _ loop: LoadLoop) {}

    func received(_ text: Span<UInt8>, _ number: Int, at now: UInt64, _ loop: LoadLoop) {
        switch ServerText(text) {
        case .message(let cursor, let end): message(text, cursor, end, number, now, loop)
        case .accepted(let n):
            lastArrival = now
            guard let send = clients[number].pending.take(n) else { return answered += 1 }
            accepted += 1
            interval.accepted += 1
            guard stage == .measuring else { return }
            measuredAccepted += 1
            acceptance.add(nanoseconds: Self.elapsed(send.time, now))
        case .welcome:
            guard !clients[number].isWelcome else { return }
            clients[number].isWelcome = true
            lastArrival = now
            guard let topic = plan.topics[number] else { return welcomed += 1 }
            loop.send(Array("{\"type\":\"subscribe\",\"n\":1,\"topic\":\"\(topic)\"}".utf8), to: number)
            clients[number].n = 1
        case .ok:
            if stage == .connecting { welcomed += 1 }
        case .error: refuse(text, number, now)
        case .gap:
            gaps += 1
            remark(text)
        case .moving: remark(text)
        case .pong: break
        case .other: unread += 1
        }
    }

    /// A frame was refused. What it said is not sent again: the stream goes on with its next message when it may.
    private func refuse(_ text: Span<UInt8>, _ number: Int, _ now: UInt64) {
        guard let refusal = Refusal(text), let n = refusal.n, let send = clients[number].pending.take(n) else {
            return remark(text)
        }
        lastArrival = now
        refused[refusal.code, default: 0] += 1
        let place = Int(send.stream)
        streams[place].withdrawn.insert(send.number)
        streams[place].outstanding -= plan.streams[place].recipients.count
        guard plan.rate == nil else { return }
        if streams[place].heldUntil <= now { held.append(place) }
        streams[place].heldUntil = now + Self.nanoseconds(max(1, refusal.retryAfter ?? Self.pause) / 1000)
    }

    private func remark(_ text: Span<UInt8>) { remarks[Self.string(text, upTo: 160), default: 0] += 1 }

    private func message(
        _ text: Span<UInt8>, _ cursor: Range<Int>?, _ end: Int, _ number: Int, _ now: UInt64, _ loop: LoadLoop
    ) {
        guard let stamp = MessageStamp(text, at: end - plan.body), Int(stamp.stream) < streams.count else {
            unread += 1
            return
        }
        lastArrival = now
        let verdict = ledger.note(stamp.number, of: stamp.stream, for: number)
        if verdict != .repeated {
            interval.delivered += 1
            // `busy` may also be said of what is in the log all the same.
            let isExpected = !streams[Int(stamp.stream)].withdrawn.contains(stamp.number)
            if isExpected { streams[Int(stamp.stream)].outstanding -= 1 }
            let time = Self.elapsed(stamp.time, now)
            intervalTimes.add(nanoseconds: time)
            if stage == .measuring {
                measuredDelivered += 1
                delivery.add(nanoseconds: time)
            }
            if plan.rate == nil, stage != .draining { refill(Int(stamp.stream), now, loop) }
        }
        guard let cursor else { return }
        clients[number].unacknowledged += 1
        guard clients[number].unacknowledged >= plan.acknowledgesEvery else { return }
        clients[number].unacknowledged = 0
        var acknowledgement = Array(#"{"type":"ack","cursor":""#.utf8)
        for place in cursor { acknowledgement.append(text[place]) }
        acknowledgement += #""}"#.utf8
        loop.send(acknowledgement, to: number)
    }

    func closed(_ number: Int, code: UInt16?, _ loop: LoadLoop) {
        closes[code.map { "\($0)" } ?? "lost", default: 0] += 1
        // Without all clients there is nothing to measure.
        if stage == .connecting { loop.stop() }
    }

    // MARK: What goes

    func turn(at now: UInt64, _ loop: LoadLoop) -> UInt64? {
        switch stage {
        case .connecting:
            guard welcomed == clients.count else { return connect(now, loop) }
            begin(now, loop)
        case .warming where now >= stageEnd:
            stage = .measuring
            stageEnd = now + Self.nanoseconds(plan.seconds)
            measuredFrom = now
            idle = loop.waited
        case .measuring where now >= stageEnd:
            stage = .draining
            measuredTo = now
            idle = loop.waited - idle
            lastArrival = now
        case .draining where isComplete || Self.elapsed(lastArrival, now) > Self.nanoseconds(plan.patience):
            close(interval: now)
            loop.stop()
            return now
        case .warming, .measuring, .draining: break
        }
        if stage != .connecting, Self.elapsed(interval.start, now) >= 500_000_000 { close(interval: now) }
        guard stage == .warming || stage == .measuring else { return now + 100_000_000 }
        return plan.rate.map { sendDue($0, now, loop) } ?? release(now, loop)
    }

    /// Has some more clients connect, until all have.
    private func connect(_ now: UInt64, _ loop: LoadLoop) -> UInt64? {
        if loop.sockets.isEmpty { lastArrival = now }
        while loop.sockets.count < targets.count, loop.sockets.count - welcomed < Self.connectsAtOnce {
            do {
                try loop.connect(port: plan.ports[loop.sockets.count], target: targets[loop.sockets.count])
            } catch {
                closes["\(error)", default: 0] += 1
                loop.stop()
                return nil
            }
        }
        if Self.elapsed(lastArrival, now) > Self.connectPatience { loop.stop() }
        return nil
    }

    /// Lets those streams go on that have waited long enough. Returns when to look again.
    private func release(_ now: UInt64, _ loop: LoadLoop) -> UInt64 {
        let due = held.filter { streams[$0].heldUntil <= now }
        guard !held.isEmpty else { return now + 100_000_000 }
        held.removeAll { streams[$0].heldUntil <= now }
        for place in due { refill(place, now, loop) }
        return held.map { streams[$0].heldUntil }.min() ?? now + 100_000_000
    }

    private func begin(_ now: UInt64, _ loop: LoadLoop) {
        for place in streams.indices { streams[place].template = Self.template(plan.streams[place], plan) }
        stage = .warming
        started = now
        stageEnd = now + Self.nanoseconds(plan.warmUp)
        interval = Interval(start: now, end: now)
        guard plan.rate == nil else { return }
        for place in streams.indices { refill(place, now, loop) }
    }

    /// Sends what should have been sent by now, each with the time at which it should have been. Returns when the next one is due.
    private func sendDue(_ rate: Double, _ now: UInt64, _ loop: LoadLoop) -> UInt64 {
        while true {
            let due = started + UInt64(Double(sentInOpenLoop) / rate * 1e9)
            guard due <= now else { return due }
            send(nextStream, due, loop)
            nextStream = (nextStream + 1) % streams.count
            sentInOpenLoop += 1
        }
    }

    private func refill(_ place: Int, _ now: UInt64, _ loop: LoadLoop) {
        guard streams[place].heldUntil <= now else { return }
        let fanOut = plan.streams[place].recipients.count
        while streams[place].outstanding + fanOut <= plan.window * fanOut { send(place, now, loop) }
    }

    private func send(_ place: Int, _ time: UInt64, _ loop: LoadLoop) {
        let stream = plan.streams[place]
        streams[place].sent += 1
        streams[place].outstanding += stream.recipients.count
        clients[stream.sender].n += 1
        let n = clients[stream.sender].n
        clients[stream.sender].pending.add(.init(n: n, time: time, stream: UInt32(place), number: streams[place].sent))
        MessageStamp(time: time, stream: UInt32(place), number: streams[place].sent).write(
            over: &streams[place].template, at: streams[place].template.count - plan.body - 1)
        var frame = Array(#"{"type":"send","n":"#.utf8)
        frame.reserveCapacity(frame.count + 20 + streams[place].template.count)
        frame += String(n).utf8
        frame += streams[place].template
        loop.send(frame, to: stream.sender)
        sent += 1
    }

    private static func template(_ stream: TrafficPlan.Stream, _ plan: TrafficPlan) -> [UInt8] {
        Array(",\"to\":\"\(stream.destination)\",\"data\":".utf8) + MessageStamp.data(size: plan.body) + Array("}".utf8)
    }

    // MARK: The end

    /// Sends that were refused, for whatever reason.
    var refusals: Int { refused.values.reduce(0, +) }

    private var isComplete: Bool { accepted + refusals == sent && streams.allSatisfy { $0.outstanding <= 0 } }

    private func close(interval now: UInt64) {
        interval.end = now
        (interval.p50, interval.p99) = (intervalTimes.quantile(0.5), intervalTimes.quantile(0.99))
        intervalTimes.reset()
        intervals.append(interval)
        onProgress(interval, "\(stage)")
        interval = Interval(start: now, end: now)
    }

    /// What was promised and did not hold, by name.
    var violations: [String: Int] {
        var lost = 0
        for (place, stream) in plan.streams.enumerated() {
            for recipient in stream.recipients {
                lost += ledger.lost(
                    of: UInt32(place), sent: streams[place].sent, withdrawn: streams[place].withdrawn, for: recipient)
            }
        }
        return [
            "lost": lost, "repeated": ledger.repeated, "out of order": ledger.disordered,
            "unanswered": sent - accepted - refusals, "answered twice": answered, "gaps": gaps,
            "connections lost": closes.values.reduce(0, +),
        ]
    }

    private static func elapsed(_ from: UInt64, _ to: UInt64) -> UInt64 { to > from ? to - from : 0 }

    private static func nanoseconds(_ seconds: Double) -> UInt64 { UInt64(seconds * 1e9) }

    private static func string(_ text: Span<UInt8>, upTo count: Int) -> String {
        var bytes: [UInt8] = []
        for place in 0..<min(count, text.count) { bytes.append(text[place]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
