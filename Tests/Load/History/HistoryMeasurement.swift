import Foundation
import ServiceRuntime
import TestStack

/// What history takes in, and how fast it answers, with as many messages as one likes.
enum HistoryMeasurement: Measurement {
    static let name = "history"
    static let summary =
        "History alone: ingest from the log beside COPY, and each REST query, cold and warm, beside its SQL straight through libpq; all of it, or parts."

    static let settings: [Setting] = [
        Setting("ingest", default: "false", help: "Measure ingest, with a Redis and a Postgres of its own."),
        Setting(
            "generate", default: "false",
            help: "Fill a database with messages by a power law; history should not be running on it."),
        Setting("queries", default: "false", help: "Measure the queries on that database."),
        Setting(
            "database-url",
            help:
                "The Postgres to fill and to query; without it one is started, with all settings as Postgres ships, and removed in the end.",
            isSecret: true),
        Setting(
            "data-folder",
            help:
                "Where the data of the Postgres that is started stay, so that they can be queried again; its user has to get there. Without it they are removed in the end."
        ),
        Setting("messages", default: "10000000", help: "Messages to generate."),
        Setting("conversations", default: "100000", help: "Conversations: dms, and one of five a group."),
        Setting("users", default: "50000", help: "Users."),
        Setting("group-size", default: "1000", help: "The most members of a group."),
        Setting("months", default: "12", help: "Over how many months up to now the messages are spread."),
        Setting("seed", default: "1", help: "The same seed makes the same messages."),
        Setting(
            "name", default: "gen", help: "What the names of users and groups begin with; one that is not there yet."),
        Setting(
            "rate", default: "20000", unit: "messages/s", help: "Ingest: entries put into the log each second."),
        Setting("duration", default: "60", unit: "s", help: "Ingest: for how long."),
        Setting("rows", default: "500000", help: "Ingest: entries that wait in the log when history starts."),
        Setting("body", default: "64", unit: "bytes", help: "Ingest: the size of a message's data."),
        Setting("writers", default: "2", help: "Ingest: history's DATABASE_WRITERS."),
        Setting("samples", default: "400", help: "Queries: requests of each kind, warm."),
        Setting("cold-samples", default: "100", help: "Queries: requests of each kind, cold; 0 leaves that out."),
        Setting(
            "connections", default: "4", help: "Queries: connections that ask at once, for the rate of each query."),
        Setting(
            "query-duration", default: "3", unit: "s",
            help: "Queries: for how long each is asked as fast as it is answered; 0 leaves that out."),
    ]

    static func run(_ settings: Settings) async throws -> Int32 {
        let asked = try ["ingest", "generate", "queries"].filter { try settings.boolean($0) }
        let parts = asked.isEmpty ? ["ingest", "generate", "queries"] : asked
        // All of them first: a run of minutes is not to end with a flag mistyped.
        let (ingest, generation, queries) = (
            try IngestMeasurement(settings), try HistoryGeneration(settings), try QueryMeasurement(settings)
        )
        let run = try LoadRun(name, settings)
        if parts.contains("ingest") { run.add(try await ingest.run()) }
        if parts.contains("generate") || parts.contains("queries") {
            let bed = try await HistoryBed.start(
                databaseURL: settings.optionalString("database-url"), folder: settings.optionalString("data-folder"),
                writers: settings.integer("writers", in: 1...64))
            do {
                if parts.contains("generate") { try await generation.run(on: bed) }
                if parts.contains("queries") { run.add(try await queries.run(on: bed)) }
                try await bed.stop()
            } catch {
                try? await bed.stop()
                throw error
            }
        }
        return try run.finish()
    }
}
