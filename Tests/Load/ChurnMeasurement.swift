import Foundation
import Messaging
import RedisBench
import RedisStreams
import ServiceRuntime
import Synchronization
import TestStack

/// What presence makes of sessions that come and go by the thousand, and of an edge that dies with many: whether it is right in the end, and how soon it says so.
///
/// The sessions are written straight into Redis, as edges write them: what is measured is presence, not sockets.
enum ChurnMeasurement: Measurement {
    static let name = "churn"
    static let summary = "Connects and disconnects by the thousand, and an edge that dies: whether presence is right."

    static let settings: [Setting] = [
        Setting("users", default: "20000", help: "Users whose sessions come and go."),
        Setting("rate", default: "5000", help: "Connects and disconnects a second, together; 0 for as many as can be."),
        Setting("duration", default: "60", unit: "s", help: "For how long."),
        Setting("doomed", default: "15000", help: "Sessions of an edge that dies in the middle; 0 for none."),
        Setting("grace", default: "5", unit: "s", help: "GRACE of presence."),
        Setting("presences", default: "1", help: "Presences that share the work."),
        Setting("seed", default: "1", help: "The same seed makes the same choices."),
    ]

    static func run(_ settings: Settings) async throws -> Bool {
        var plan = ChurnPlan()
        plan.users = try settings.integer("users", in: 10...1_000_000)
        plan.rate = try settings.integer("rate", in: 0...1_000_000)
        let duration = try settings.duration("duration", in: .seconds(1)...(.seconds(3600)))
        plan.operations = (plan.rate == 0 ? 5000 : plan.rate) * Int(duration.components.seconds)
        plan.doomed = try settings.integer("doomed", in: 0...1_000_000)
        plan.seed = UInt64(try settings.integer("seed", in: 1...1_000_000_000))
        let grace = try settings.duration("grace", in: .zero ... .seconds(3600))
        let server = try await RedisServer.start()
        var presences: [ServiceProcess] = []
        for number in 1...(try settings.integer("presences", in: 1...16)) {
            let presence = try ServiceProcess(
                "presence", name: "presence-\(number)",
                environment: [
                    "REDIS_URL": server.url, "AUTH_JWT_SECRET": String(repeating: "churn-", count: 8),
                    "PARTITIONS": "16",
                    "GRACE": "\(grace.components.seconds)", "TRANSITIONS_LIMIT": "10000000",
                ])
            try await presence.start()
            presences.append(presence)
        }
        let redis = RedisConnection(try RedisConfiguration(url: server.url), name: "churn", logger: quiet)
        let (results, continuation) = AsyncStream.makeStream(of: ChurnResult.self)
        let before = await Self.processorTime(presences)
        let planned = plan
        let shown = Atomic(0)
        try await withRunning([redis]) {
            let driver = ChurnDriver(redis: redis, plan: planned)
            try await driver.run { done in
                if shown.exchange(done / 25_000, ordering: .relaxed) != done / 25_000 {
                    say("\(done) of \(planned.operations)")
                }
            }
            say("waiting until presence has it right")
            continuation.yield(try await driver.judge(within: grace + planned.lease + .seconds(60)))
        }
        let after = await Self.processorTime(presences)
        for presence in presences { try await presence.stop() }
        try await server.stop()
        var iterator = results.makeAsyncIterator()
        guard let result = await iterator.next() else { return false }
        show(result, processor: after - before)
        try ResultFile.write(result, to: settings.optionalString("json"))
        return result.isRight
    }

    private static func processorTime(_ processes: [ServiceProcess]) async -> Double {
        var total = 0.0
        for process in processes {
            guard let pid = await process.pid else { continue }
            total += ProcessProbe(pid: pid)?.processor ?? 0
        }
        return total
    }

    private static func show(_ result: ChurnResult, processor: Double) {
        say(
            String(
                format: "%d connects and disconnects in %.1f s: %.0f/s; presence took %.1f s of processor time",
                result.operations, result.seconds, Double(result.operations) / max(0.001, result.seconds), processor))
        say(
            "wrong in the end: \(result.wrong) users, \(result.wrongSessions) sessions, \(result.wrongRecords) records, "
                + "\(result.wrongTransitions) stories of transitions; \(result.transitions) transitions, \(result.repeated) repeated"
        )
        say(
            "told after a connect (ms): p50 \(result.latency.p50), p99 \(result.latency.p99), at most \(result.latency.highest)"
        )
        guard result.doomedLast > 0 else { return }
        say(
            String(
                format:
                    "the edge that died: told offline from %.1f to %.1f s after its last renewal; %d not at all, %d more than once",
                result.doomedFirst, result.doomedLast, result.doomedUntold, result.doomedTwice))
        say(
            "meanwhile, of the others (ms): p50 \(result.latencyMeanwhile.p50), p99 \(result.latencyMeanwhile.p99), at most \(result.latencyMeanwhile.highest) of \(result.latencyMeanwhile.count)"
        )
    }
}
