import TestStack

/// One fault with one seed: what came of it. One JSON file each.
struct MatrixCell: Codable, Sendable {
    /// How it was run.
    struct Conditions: Codable, Sendable, Equatable {
        /// ISO 8601, UTC.
        var date: String
        var machine: String
        var commit: String
        var command: String
        var build: String
        var clients: Int
        /// Messages a second.
        var rate: Double
        /// Seconds.
        var duration: Double
        /// How routers found the edges of recipients; nil: by register, as by default.
        var routing: String?
        /// What clients spoke; nil: JSON, as by default.
        var speaks: SwarmProtocol?

        /// In what it differs from the usual: the end of the names of its files.
        var ways: String? {
            let ways = [routing, speaks?.rawValue].compactMap(\.self)
            return ways.isEmpty ? nil : ways.joined(separator: ".")
        }
    }

    var fault: String
    var title: String
    var seed: UInt64
    var conditions: Conditions
    /// What the audit found; nil when it could not run.
    var audit: AuditResult?
    /// Seconds from the end of the fault until the lag was back to normal.
    var lagSeconds: Double?
    /// The largest lag of history, and of the routers, that was seen after the fault's end.
    var worstLagOfRouter = 0
    var worstLagOfHistory = 0
    /// What was wrong besides violations: a lag that stayed, a service that did not get ready.
    var complaints: [String] = []
    /// Violations that are not promised to be absent under this fault; shown, but they do not count.
    var unpromised: [AuditViolation] = []
    /// Why this machine cannot do it.
    var skipped: String?
    /// Why it could not run.
    var failed: String?
    /// Seconds that it took in all.
    var took = 0.0

    /// What it is called: the fault, and by which routing and in which protocol where that is not the usual one.
    var name: String { fault + way }

    /// The same without the fault.
    var way: String {
        (conditions.routing.map { " by \($0)" } ?? "") + (conditions.speaks.map { " in \($0.rawValue)" } ?? "")
    }

    /// How it ended.
    enum Verdict: String {
        case clean
        case violations
        case skipped
        case failed
    }

    var verdict: Verdict {
        if skipped != nil { return .skipped }
        guard let audit, failed == nil else { return .failed }
        let counting = audit.violations.keys.contains { !unpromised.contains($0) }
        return counting || !complaints.isEmpty ? .violations : .clean
    }
}
