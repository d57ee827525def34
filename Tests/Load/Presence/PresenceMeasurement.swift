import RedisBench
import ServiceRuntime
import TestStack

/// What presence makes of sessions that come and go by the thousand, how soon it has said of an edge that dies that all on it are gone, and how fast it
/// answers.
///
/// The sessions are written straight into Redis, as edges write them: what is measured is presence, not sockets.
enum PresenceMeasurement: Measurement {
    static let name = "presence"
    static let summary =
        "presence alone: session events, an edge that dies with many, and each query, with Redis played by edges that are none."

    static let settings: [Setting] = [
        Setting("users", default: "20000", help: "Users whose sessions come and go."),
        Setting("rate", default: "5000", help: "Connects and disconnects a second, together; 0 for as many as can be."),
        Setting("duration", default: "60", unit: "s", help: "For how long."),
        Setting("doomed", default: "15000", help: "Sessions of an edge that dies in the middle; 0 for none."),
        Setting(
            "lease", default: "15", unit: "s", help: "For how long an edge counts as alive after its last renewal."),
        Setting("grace", default: "5", unit: "s", help: "GRACE of presence."),
        Setting("presences", default: "1", help: "Presences that share the work."),
        Setting("connections", default: "4", help: "Connections that ask at once, each with one request at a time."),
        Setting("query-duration", default: "5", unit: "s", help: "How long to ask each query; 0 leaves them out."),
        Setting("seed", default: "1", help: "The same seed makes the same choices."),
    ]

    static func run(_ settings: Settings) async throws -> Int32 {
        var plan = ChurnPlan()
        plan.users = try settings.integer("users", in: 200...1_000_000)
        plan.rate = try settings.integer("rate", in: 0...1_000_000)
        let duration = try settings.duration("duration", in: .seconds(1)...(.seconds(3600)))
        plan.operations = Int(Double(plan.rate == 0 ? 5000 : plan.rate) * (duration / .seconds(1)))
        plan.doomed = try settings.integer("doomed", in: 0...1_000_000)
        plan.lease = try settings.duration("lease", in: .seconds(1)...(.seconds(600)))
        plan.seed = UInt64(try settings.integer("seed", in: 1...1_000_000_000))
        let grace = try settings.duration("grace", in: .zero...(.seconds(3600)))
        let seconds = try settings.duration("query-duration", in: .zero...(.seconds(3600))) / .seconds(1)
        let connections = try settings.integer("connections", in: 1...1000)
        let run = try LoadRun(name, settings)
        let bed = try await PresenceBed.start(
            presences: try settings.integer("presences", in: 1...16), grace: grace)
        do {
            let sampler = ProcessSampler(await bed.processes())
            defer { sampler.stop() }
            run.add(try await PresenceEvents(bed: bed, plan: plan, grace: grace, sampler: sampler).run())
            if seconds > 0 {
                let queries = PresenceQueries(
                    bed: bed, users: plan.users, connections: connections, seconds: seconds, sampler: sampler)
                run.add(try await queries.run())
            }
            try await bed.stop()
        } catch {
            try? await bed.stop()
            throw error
        }
        return try run.finish()
    }
}
