import ServiceRuntime
import TestStack

/// What of the matrix is run, and how.
struct MatrixOptions: Sendable {
    static let settings: [Setting] = [
        Setting("only", help: "The faults to run, separated by commas; by default all."),
        Setting("seeds", default: "1,2,3", help: "The seeds of each fault's runs, separated by commas."),
        Setting(
            "duration", default: "60", unit: "s",
            help: "How long messages are sent, at least: until the fault is over and all has settled."),
        Setting("rate", default: "1000", unit: "messages/s", help: "Messages a second over all clients."),
        Setting("clients", default: "200", help: "Devices that talk to each other."),
        Setting(
            "routing", default: "register",
            help:
                "How routers find the edges of recipients: register, ring or broadcast, or several separated by commas."
        ),
        Setting("protocol", default: "json", help: "What clients speak: json, stomp, sockjs or library, as with run."),
        Setting(
            "results", default: "artifacts/audit",
            help: "The folder for the results: JSON for each run, record and logs of those that were not clean."),
        Setting("resume", default: "false", help: "Leave out what the folder has a result of, run in the same way."),
        Setting("stop-on-failure", default: "false", help: "End with the first run that is not clean."),
        Setting("list", default: "false", help: "Only list the faults."),
    ]

    let scenarios: [Scenario]
    let seeds: [UInt64]
    let duration: Duration
    let rate: Double
    let clients: Int
    /// Ways of routing; nil is by register.
    let routings: [String?]
    /// What clients speak.
    let speaks: SwarmProtocol
    let folder: String
    let resumes: Bool
    let stopsOnFailure: Bool

    /// Reads the flags.
    /// - Throws: `SettingsError` or ``MatrixError``, with the remedy.
    init(_ settings: Settings) throws {
        scenarios = try Scenario.named(settings.list("only"))
        seeds = try settings.list("seeds").map { text in
            guard let seed = UInt64(text) else {
                throw MatrixError("--seeds has \"\(text)\": give whole numbers such as 1,2,3")
            }
            return seed
        }
        guard !seeds.isEmpty, Set(seeds).count == seeds.count else {
            throw MatrixError("--seeds is to be different whole numbers such as 1,2,3")
        }
        duration = try settings.duration("duration", in: .seconds(5)...(.seconds(3600)))
        rate = Double(try settings.integer("rate", in: 1...100_000))
        clients = try settings.integer("clients", in: 4...20_000)
        routings = try settings.list("routing").map { name throws(SettingsError) in
            try Installation.routing(name) == "register" ? nil : name
        }
        guard !routings.isEmpty, Set(routings).count == routings.count else {
            throw MatrixError("--routing is to be different ways such as register,ring,broadcast")
        }
        speaks = try settings.choice("protocol")
        folder = try settings.string("results")
        resumes = try settings.boolean("resume")
        stopsOnFailure = try settings.boolean("stop-on-failure")
    }
}
