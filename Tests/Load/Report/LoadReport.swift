import Foundation

/// What one run of `loadtest` has found, in the form of the JSON file: what the table, the plots and comparisons are made of.
struct LoadReport: Codable, Equatable {
    /// The form of the file: a later one may have more fields, and says so when a field means something else.
    var format = 1
    /// The subcommand.
    var measurement: String
    /// The command without what may be secret.
    var command: String
    /// When it began: ISO 8601, UTC.
    var date: String
    var machine: Machine
    var steps: [Step] = []
    var budgets: [Budget] = []
    /// Promises that were broken, by name, with how often. Never left out when there are any.
    var violations: [String: Int] = [:]
    /// Examples of them.
    var examples: [String] = []
    /// Why the figures say nothing; empty when they do.
    var invalid: [String] = []

    /// What it ran on.
    struct Machine: Codable, Equatable {
        var cores: Int
        var memoryBytes: Int
        var system: String
        /// The load average of a minute before the run began: what else the machine had to do.
        var loadBefore: Double
    }

    /// A part of a run in which one thing was done all the time.
    struct Step: Codable, Equatable {
        var name: String
        /// Seconds that were measured, after warming up.
        var seconds: Double
        /// What was counted, such as `messages`.
        var unit: String
        var count: Int
        /// How many a second were wanted; nil when as many as possible.
        var wanted: Double?
        /// Latencies by what they are of, such as `delivery`.
        var latencies: [String: Latency] = [:]
        var processes: [Process] = []
        var samples: [Sample] = []
        /// Which of the latencies the samples have.
        var timed: String?
        /// Whatever else was found.
        var figures: [Figure] = []

        /// How many a second.
        var rate: Double { seconds > 0 ? Double(count) / seconds : 0 }
        /// Processor microseconds of the servers for each.
        var serverMicroseconds: Double { processes.filter(\.isServer).reduce(0) { $0 + $1.microseconds } }
    }

    /// Milliseconds.
    struct Latency: Codable, Equatable {
        var count: Int
        /// Nil where it is not known, as the next but two.
        var mean: Double?
        var p50: Double
        var p90: Double
        var p99: Double
        var p999: Double?
        var max: Double
        /// The whole distribution for the plot: shares (0 to 1), each with what they do not exceed.
        var distribution: [Point] = []

        struct Point: Codable, Equatable {
            var share: Double
            var value: Double
        }
    }

    struct Process: Codable, Equatable {
        var name: String
        /// False for the load client itself.
        var isServer: Bool
        /// Processor seconds within the step.
        var cpuSeconds: Double
        /// The same in microseconds for each of what was counted.
        var microseconds: Double
        /// Resident bytes at the step's end.
        var residentBytes: Int
    }

    /// How things were at a moment.
    struct Sample: Codable, Equatable {
        /// Seconds since the step began.
        var time: Double
        /// Of what is counted, a second, since the sample before.
        var rate: Double
        /// Of the latency that the step says, in milliseconds, since the sample before.
        var p50: Double
        var p99: Double
        /// Cores in use by each process, and its resident bytes.
        var cores: [String: Double]
        var resident: [String: Int]
    }

    struct Figure: Codable, Equatable {
        var name: String
        var value: Double
        var unit: String
    }

    /// 0: all budgets were met. 1: one was missed, or a promise broken. 2: the run says nothing.
    var exitCode: Int32 {
        // A promise that was broken counts, however the run went.
        if violations.values.contains(where: { $0 > 0 }) { return 1 }
        if !invalid.isEmpty { return 2 }
        return budgets.allSatisfy(\.isMet) ? 0 : 1
    }

    /// Arguments without what may be secret, also where the value comes after its flag.
    static func shown(_ arguments: [String]) -> [String] {
        var isSecret = false
        return arguments.map { argument in
            defer { isSecret = argument.hasPrefix("--") && argument.contains("secret") && !argument.contains("=") }
            return isSecret ? "…" : shown(argument)
        }
    }

    /// An argument without what may be secret.
    static func shown(_ argument: String) -> String {
        if argument.contains("://"), argument.contains("@") { return "…" }
        guard argument.contains("secret"), let equals = argument.firstIndex(of: "=") else { return argument }
        return "\(argument[...equals])…"
    }
}
