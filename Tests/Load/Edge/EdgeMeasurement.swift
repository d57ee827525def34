import Foundation
import Messaging
import RedisBench
import RedisStreams
import ServiceRuntime
import TestStack

/// One edge by itself: a Redis, and a stand-in for the rest of the system that speaks the same streams.
enum EdgeMeasurement: Measurement {
    static let name = "edge"
    static let summary =
        "One ws-edge alone: handshakes, idle sessions and their memory, pings, fan-out to its sessions."

    static let settings: [Setting] = [
        Setting("sessions", default: "5000", help: "Sessions to open, each of a user of its own."),
        Setting("connecting", default: "64", help: "How many connect at once."),
        Setting("settle", default: "5", unit: "s", help: "How long nothing happens before the memory is read."),
        Setting("pinging", default: "100", help: "Sessions that ping."),
        Setting("window", default: "4", help: "Pings of a session on their way at once."),
        Setting("group-size", default: "100", help: "Sessions that a message goes to."),
        Setting("body", default: "64", unit: "bytes", help: "The size of a message's data."),
        Setting("duration", default: "15", unit: "s", help: "How long to ping, and to fan out."),
        Setting("threads", default: "0", help: "Event loops of the edge; 0: one for each core."),
    ]

    static func run(_ settings: Settings) async throws -> Int32 {
        let sessions = try settings.integer("sessions", in: 100...60_000)
        let seconds = try settings.duration("duration", in: .seconds(1)...(.seconds(3600))) / .seconds(1)
        let settle = try settings.duration("settle", in: .seconds(1)...(.seconds(120)))
        try FileLimit.raise(for: sessions)
        let run = try LoadRun(name, settings)
        let bed = try await EdgeBed.start(threads: try settings.integer("threads", in: 0...64))
        let users = (0..<sessions).map { "load-\($0)" }
        let work = EdgeWork(
            bed: bed, users: users, tokens: try users.map(bed.token),
            connecting: try settings.integer("connecting", in: 1...10_000),
            settle: settle, pinging: min(sessions, try settings.integer("pinging", in: 1...10_000)),
            window: try settings.integer("window", in: 1...1000),
            groupSize: try settings.integer("group-size", in: 1...sessions),
            body: try settings.integer("body", in: MessageStamp.least...60_000), seconds: seconds)
        let outcome = try await work.run()
        try await bed.stop()
        run.add(outcome)
        return try run.finish()
    }
}
