import Foundation
import Messaging
import RedisStreams
import Synchronization
import TestStack

/// One kind of traffic through message-router: conversations, and who gets what is said in them.
struct RouterStep: Sendable {
    let name: String
    /// Members of a conversation.
    let size: Int
    /// Conversations, each with messages of its own numbers.
    let conversations: Int

    /// Messages that may be in the log and not yet with all recipients: enough for full batches, and far from any limit.
    private static let window = 8000

    /// How long nothing may come at the end before what is missing is lost.
    private static let patience: UInt64 = 10_000_000_000

    private func user(_ conversation: Int, _ member: Int) -> String { "load\(size)-\(conversation)-\(member)" }

    private func conversation(_ number: Int) -> Conversation {
        size == 2 ? .direct(user(number, 0), user(number, 1)) : .group("load\(size)-\(number)")
    }

    func run(_ bed: RouterBed, _ drain: EdgeDrain, first: UInt32, seconds: Double, body: Int) async throws
        -> LoadOutcome
    {
        var users: [String] = []
        for number in 0..<conversations { users += (0..<size).map { user(number, $0) } }
        drain.expect(users)
        try await bed.register(users)
        if size > 2 {
            for number in 0..<conversations {
                try await bed.make(group: "load\(size)-\(number)", members: (0..<size).map { user(number, $0) })
            }
        }
        let sampler = ProcessSampler(await bed.processes())
        defer { sampler.stop() }
        var numbers = [UInt32](repeating: 0, count: conversations)
        // Everybody has a session, the sender too, and its device is another one: it gets what it has sent.
        let base = drain.delivered.load(ordering: .acquiring)
        var sent = 0
        _ = try await feed(bed, drain, first: first, body: body, seconds: 2, &numbers, &sent, base, nil)
        drain.reset()
        let line = LiveLine()
        let before = sampler.look()
        let commands = try await bed.commands()
        let deliveredBefore = drain.delivered.load(ordering: .acquiring)
        let intervals = try await feed(
            bed, drain, first: first, body: body, seconds: seconds, &numbers, &sent, base, line)
        line.finish()
        let after = sampler.look()
        let deliveries = drain.delivered.load(ordering: .acquiring) - deliveredBefore
        let calls = try await bed.commands() - commands
        let times = drain.times
        try await drained(drain, upTo: base + sent * size)
        var step = LoadReport.Step(
            name: name, seconds: Double(after.time - before.time) / 1e9, unit: "messages", count: deliveries / size)
        step.latencies = ["log to edge": times.latency]
        step.processes = sampler.use(from: before, to: after, count: step.count)
        step.timed = "log to edge"
        step.samples = sampler.samples(intervals, from: before.time)
        step.figures = [
            .init(name: "recipients", value: Double(deliveries) / step.seconds, unit: "deliveries/s"),
            .init(
                name: "Redis commands, those of scripts included", value: calls / Double(max(1, step.count)),
                unit: "a message"),
        ]
        var lost = 0
        for number in 0..<conversations {
            for member in 0..<size {
                lost += drain.lost(
                    of: first + UInt32(number), sent: numbers[number], for: user(number, member))
            }
        }
        return LoadOutcome(
            steps: [step], violations: ["lost": lost],
            recorded: [.init(name: name, recorder: times, from: before.time, to: after.time)])
    }

    /// Waits until everything has come, or nothing has for a while.
    private func drained(_ drain: EdgeDrain, upTo count: Int) async throws {
        var (last, since) = (-1, LoadLoop.now)
        while true {
            let delivered = drain.delivered.load(ordering: .acquiring)
            if delivered != last { (last, since) = (delivered, LoadLoop.now) }
            if delivered >= count || LoadLoop.now - since > Self.patience { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Keeps the log filled for a while.
    private func feed(
        _ bed: RouterBed, _ drain: EdgeDrain, first: UInt32, body: Int, seconds: Double, _ numbers: inout [UInt32],
        _ sent: inout Int, _ base: Int, _ line: LiveLine?
    ) async throws -> [Timeline.Interval] {
        let start = LoadLoop.now
        let end = start + UInt64(seconds * 1e9)
        var intervals: [Timeline.Interval] = []
        var (looked, counted) = (start, drain.delivered.load(ordering: .relaxed))
        _ = drain.interval()
        var data = MessageStamp.data(size: body)
        while LoadLoop.now < end {
            let now = LoadLoop.now
            if now - looked > Timeline.step {
                let delivered = drain.delivered.load(ordering: .relaxed)
                let times = drain.interval()
                let interval = Timeline.Interval(
                    start: looked, end: now, count: (delivered - counted) / size, p50: times.quantile(0.5),
                    p99: times.quantile(0.99))
                line?.show(name, share: Double(now - start) / 1e9 / seconds, interval, unit: "messages")
                intervals.append(interval)
                (looked, counted) = (now, delivered)
            }
            let waiting = sent - (drain.delivered.load(ordering: .relaxed) - base) / size
            guard waiting < Self.window / max(1, size / 10) else {
                try await Task.sleep(for: .microseconds(200))
                continue
            }
            try await bed.execute(commands(bed, first, &numbers, &sent, &data))
        }
        return intervals
    }

    /// The next entries of the log.
    private func commands(
        _ bed: RouterBed, _ first: UInt32, _ numbers: inout [UInt32], _ sent: inout Int, _ data: inout [UInt8]
    ) -> [RedisCommand] {
        var commands: [RedisCommand] = []
        for _ in 0..<min(500, Self.window / size) {
            let number = sent % conversations
            numbers[number] += 1
            MessageStamp(time: LoadLoop.now, stream: first + UInt32(number), number: numbers[number])
                .write(over: &data, at: 0)
            commands.append(
                bed.append(
                    LogEntry(
                        kind: .message, conversation: conversation(number), from: user(number, 0),
                        device: "elsewhere", n: UInt64(numbers[number]), data: data)))
            sent += 1
        }
        return commands
    }
}
