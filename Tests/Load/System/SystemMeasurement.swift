import Foundation
import RedisStreams
import ServiceRuntime
import TestStack

/// Messages through a whole installation: how many a second, how fast, at what price, and whether every one came once and in order.
enum SystemMeasurement: Measurement {
    static let name = "system"
    static let summary =
        "Everything: one-to-one, groups, topics, mixed with presence and reads, by a window or at a rate, numbered and judged."

    static let settings: [Setting] = [
        Setting(
            "steps", default: "one-to-one,one-to-one@5000,groups",
            help:
                "What to do one after the other, separated by commas: one-to-one, groups, topics or mixed, with @RATE in messages/s for each message at its time (open loop), without for as many as the window allows (closed loop); or knee: one-to-one at ever higher rates until the p99 of delivery is more than 50 ms."
        ),
        Setting("clients", default: "200", help: "Clients, one user with one device each, spread over the edges."),
        Setting("groups", default: "20", help: "Groups, of the steps that have any."),
        Setting("group-size", default: "100", help: "Members of a group, and subscribers of a topic."),
        Setting("window", default: "4", help: "Messages of a sender on their way at once, in a closed loop."),
        Setting("warm-up", default: "3", unit: "s", help: "How long to send before it is measured."),
        Setting("duration", default: "20", unit: "s", help: "How long to measure, for each step."),
        Setting("body", default: "64", unit: "bytes", help: "The size of a message's data."),
        Setting(
            "patience", default: "10", unit: "s", help: "How long nothing may arrive before what is missing is lost."),
        Setting(
            "reads", default: "100",
            help: "Beside mixed: requests a second of each kind: presence of a user, conversations, newest messages."),
        Setting(
            "sessions",
            help:
                "Each step with so many sessions for each edge, those that say nothing included; several numbers separated by commas, such as 100,5000,15000."
        ),
        Setting(
            "partitions",
            help: "With --start: an installation with so many partitions for each number, such as 1,4,16."),
        Setting(
            "routers",
            help: "With --start: an installation with so many message-routers for each number, such as 1,2."),
        Setting(
            "large-group",
            help:
                "With --start: an installation for each number, whose groups are large with more members than it (LARGE_GROUP), such as 50,1000: groups of 100 by one log, and by inboxes."
        ),
    ]

    static func run(_ settings: Settings) async throws -> Int32 {
        let steps = try settings.list("steps").flatMap(SystemStep.read)
        let bed = SystemBed(
            clients: try settings.integer("clients", in: 2...20_000) / 2 * 2,
            groups: try settings.integer("groups", in: 1...10_000),
            groupSize: try settings.integer("group-size", in: 2...1000),
            window: try settings.integer("window", in: 1...200),
            warmUp: try settings.duration("warm-up", in: .zero...(.seconds(600))) / .seconds(1),
            seconds: try settings.duration("duration", in: .seconds(1)...(.seconds(86_400))) / .seconds(1),
            body: try settings.integer("body", in: MessageStamp.least...60_000),
            patience: try settings.duration("patience", in: .seconds(1)...(.seconds(600))) / .seconds(1))
        let sessions = try numbers("sessions", in: 1...60_000, settings)
        let partitions = try numbers("partitions", in: 1...1024, settings)
        let routers = try numbers("routers", in: 1...16, settings)
        let largeGroups = try numbers("large-group", in: LargeGroupSize.limits, settings)
        let reads = Double(try settings.integer("reads", in: 0...100_000))
        let shaping = [("partitions", partitions), ("routers", routers), ("large-group", largeGroups)]
        if let (name, _) = shaping.first(where: { !$0.1.isEmpty }), try !settings.boolean("start") {
            throw SettingsError(name, "is for an installation that is started", remedy: "give --start, too")
        }
        try FileLimit.raise(for: max(bed.clients, bed.groups * bed.groupSize * 2, (sessions.max() ?? 0) * 2))
        let run = try LoadRun(name, settings)
        for shape in SystemShape.all(partitions: partitions, routers: routers, largeGroups: largeGroups) {
            let installation = try await Installation.open(settings) { shape.apply(to: &$0) }
            do {
                let steps = SystemSteps(
                    steps: steps, bed: bed, shape: shape, sessions: sessions, reads: reads, installation: installation,
                    sampler: ProcessSampler(try await installation.processes(settings)))
                defer { steps.sampler.stop() }
                run.add(try await steps.run())
            } catch {
                try? await installation.close()
                throw error
            }
            try await installation.close()
        }
        run.report.budgets += FlatCost.budgets(run.report.steps)
        return try run.finish()
    }

    private static func numbers(_ name: String, in range: ClosedRange<Int>, _ settings: Settings) throws -> [Int] {
        guard settings.optionalString(name) != nil else { return [] }
        return try settings.list(name).map { text in
            guard let number = Int(text), range.contains(number) else {
                throw SettingsError(
                    name, "has \"\(text)\"",
                    remedy: "give whole numbers from \(range.lowerBound) to \(range.upperBound), separated by commas")
            }
            return number
        }
    }
}
