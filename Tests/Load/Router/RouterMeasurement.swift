import Messaging
import RedisBench
import RedisStreams
import ServiceRuntime
import TestStack

/// message-router by itself: entries put straight into the log, and the streams of two edges drained that are nothing else.
enum RouterMeasurement: Measurement {
    static let name = "router"
    static let summary =
        "message-router alone: from the log to the streams of two edges, one-to-one and groups of 10, 100 and 1,000."

    static let settings: [Setting] = [
        Setting("sizes", default: "2,10,100,1000", help: "Members of a conversation, for each step; 2 is one-to-one."),
        Setting("routers", default: "1", help: "message-routers that share the partitions."),
        Setting("users", default: "2000", help: "Users of each step, at least one conversation of them."),
        Setting("body", default: "64", unit: "bytes", help: "The size of a message's data."),
        Setting("duration", default: "15", unit: "s", help: "How long to measure each."),
    ]

    static func run(_ settings: Settings) async throws -> Int32 {
        let sizes = try settings.list("sizes").map { text in
            guard let size = Int(text), (2...1000).contains(size) else {
                throw SettingsError("sizes", "has \"\(text)\"", remedy: "give whole numbers from 2 to 1000")
            }
            return size
        }
        let users = try settings.integer("users", in: 2...100_000)
        let body = try settings.integer("body", in: MessageStamp.least...60_000)
        let seconds = try settings.duration("duration", in: .seconds(1)...(.seconds(3600))) / .seconds(1)
        let run = try LoadRun(name, settings)
        let bed = try await RouterBed.start(routers: try settings.integer("routers", in: 1...16))
        let drain = EdgeDrain()
        // Each edge's stream has a reader of its own, as it has in an edge.
        let tails = try RouterBed.edges.map { edge in
            StreamTail(
                redis: try bed.redis.configuration, keys: [bed.keys.out(edge)], name: edge, logger: quiet,
                onEntries: { _, entries in drain.take(entries) }, onReconnect: {})
        }
        let reading = tails.map { tail in Task { try await tail.run() } }
        try await eventually("the edges' streams are read", within: .seconds(30)) { tails.allSatisfy(\.isFollowing) }
        var first: UInt32 = 0
        for size in sizes {
            let step = RouterStep(
                name: size == 2 ? "one-to-one" : "groups of \(ReportTable.number(Double(size)))", size: size,
                conversations: max(1, users / size))
            let outcome = try await step.run(bed, drain, first: first, seconds: seconds, body: body)
            first += UInt32(step.conversations)
            run.add(outcome)
        }
        // These are counted over all steps.
        run.report.violations.merge(drain.violations, uniquingKeysWith: +)
        if drain.unread > 0 { run.report.invalid.append("\(drain.unread) entries for edges could not be read") }
        for task in reading { task.cancel() }
        try await bed.stop()
        return try run.finish()
    }
}
