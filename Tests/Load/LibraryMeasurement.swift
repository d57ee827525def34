import Foundation
import ServiceRuntime
import SwitchboardClient
import Synchronization
import TestStack

/// Pairs of applications over ``SwitchboardClient``: what the library does to a message, and whether all come once and in order.
///
/// The other measurements count with clients of their own, which see every frame; this one sees what an application sees.
enum LibraryMeasurement: Measurement {
    static let name = "library"
    static let summary = "Numbered messages between applications that use the Swift library: once, in order, how fast."

    static let settings: [Setting] = [
        Setting("clients", default: "100", help: "Applications, one user with one device each; every two talk."),
        Setting("messages", default: "200", help: "Messages that each sends, as fast as they are accepted."),
        Setting("window", default: "20", help: "Messages of each on their way at once."),
        Setting(
            "patience", default: "60", unit: "s", help: "How long nothing may arrive before what is missing is lost."),
    ]

    /// What has come to all of them.
    private final class Tally: Sendable {
        let delivered = Atomic(0)
        let disordered = Atomic(0)
        let times = Mutex(LatencyRecorder())
        let timeline = SharedTimeline(start: LoadLoop.now)
        let line = LiveLine()
    }

    private struct Plan: Sendable {
        var clients: Int
        var messages: Int
        var window: Int
        var patience: Duration
    }

    static func run(_ settings: Settings) async throws -> Int32 {
        let plan = Plan(
            clients: try settings.integer("clients", in: 2...10_000) / 2 * 2,
            messages: try settings.integer("messages", in: 1...1_000_000),
            window: try settings.integer("window", in: 1...400),
            patience: try settings.duration("patience", in: .seconds(1)...(.seconds(600))))
        let run = try LoadRun(name, settings)
        let installation = try await Installation.open(settings) { SystemShape().apply(to: &$0) }
        do {
            let sampler = ProcessSampler(try await installation.processes(settings))
            defer { sampler.stop() }
            run.add(try await measure(plan, installation.target, sampler))
        } catch {
            try? await installation.close()
            throw error
        }
        try await installation.close()
        return try run.finish()
    }

    private static func measure(
        _ plan: Plan, _ target: AuditTarget, _ sampler: ProcessSampler
    ) async throws -> LoadOutcome {
        let clients = try (0..<plan.clients).map { try client($0, target) }
        let tally = Tally()
        var step = LoadReport.Step(name: "between applications", seconds: 0, unit: "messages", count: 0)
        var from: UInt64 = 0
        try await withThrowingTaskGroup { group in
            for client in clients { group.addTask { try await client.run() } }
            for client in clients { group.addTask { await listen(client, tally, plan) } }
            try await eventually("all clients are connected", within: .seconds(120)) {
                clients.allSatisfy { if case .open = $0.state { true } else { false } }
            }
            let before = sampler.look()
            from = before.time
            try await withThrowingTaskGroup { senders in
                for (place, client) in clients.enumerated() {
                    senders.addTask { try await send(client, to: name(place ^ 1), plan) }
                }
                try await senders.waitForAll()
            }
            await arrive(tally, of: plan)
            let after = sampler.look()
            step.seconds = Double(after.time - before.time) / 1e9
            step.count = tally.delivered.load(ordering: .relaxed)
            step.processes = sampler.use(from: before, to: after, count: step.count)
            group.cancelAll()
            try await group.waitForAll()
        }
        tally.line.finish()
        let times = tally.times.withLock { $0 }
        step.latencies = ["sent to delivered": times.latency]
        step.timed = "sent to delivered"
        step.samples = sampler.samples(
            tally.timeline.state.withLock { $0.intervals }.filter { $0.start >= from }, from: from)
        return LoadOutcome(
            steps: [step],
            violations: [
                "lost": max(0, plan.clients * plan.messages - step.count),
                "repeated": max(0, step.count - plan.clients * plan.messages),
                "out of order": tally.disordered.load(ordering: .relaxed),
            ],
            recorded: [.init(name: step.name, recorder: times, from: from, to: from + UInt64(step.seconds * 1e9))])
    }

    private static let mark = UInt32.random(in: .min ... .max)

    private static func name(_ place: Int) -> String { "library-\(mark)-\(place)" }

    private static func client(_ place: Int, _ target: AuditTarget) throws -> SwitchboardClient {
        var configuration = ClientConfiguration(url: target.edges[place % target.edges.count], device: "load")
        configuration.urls = (0..<target.edges.count).map { target.edges[(place + $0) % target.edges.count] }
        configuration.restURL = target.history
        let (user, secret) = (name(place), target.secret)
        return try SwitchboardClient(configuration) { try Token(user: user).signed(secret) }
    }

    /// What a message says: its number, and when it was posted.
    private struct Body: Codable {
        var number: Int
        var time: UInt64
    }

    private static func listen(_ client: SwitchboardClient, _ tally: Tally, _ plan: Plan) async {
        var next = 0
        for await event in client.events {
            guard case .message(let message) = event else { continue }
            let body = try? message.decode(Body.self)
            if body?.number == next { next += 1 } else { tally.disordered.add(1, ordering: .relaxed) }
            let count = tally.delivered.add(1, ordering: .relaxed).newValue
            let now = LoadLoop.now
            let time = now - min(now, body?.time ?? now)
            tally.times.withLock { $0.add(nanoseconds: time) }
            let interval = tally.timeline.state.withLock { timeline in
                timeline.add(nanoseconds: time)
                return timeline.roll(at: now)
            }
            guard let interval else { continue }
            let share = Double(count) / Double(plan.clients * plan.messages)
            tally.line.show("between applications", share: share, interval, unit: "messages")
        }
    }

    private static func send(_ client: SwitchboardClient, to user: String, _ plan: Plan) async throws {
        var waiting: [Sending] = []
        for number in 0..<plan.messages {
            if waiting.count >= plan.window { _ = try await waiting.removeFirst().accepted }
            waiting.append(try client.post(Body(number: number, time: LoadLoop.now), to: "user:\(user)"))
        }
        for sending in waiting { _ = try await sending.accepted }
    }

    /// Returns when everything has come, or when nothing has for the time of patience.
    private static func arrive(_ tally: Tally, of plan: Plan) async {
        var last = -1
        while tally.delivered.load(ordering: .relaxed) < plan.clients * plan.messages {
            let now = tally.delivered.load(ordering: .relaxed)
            guard now != last else { return }
            last = now
            try? await eventually("more comes", within: plan.patience) {
                tally.delivered.load(ordering: .relaxed) != now
            }
        }
    }
}
