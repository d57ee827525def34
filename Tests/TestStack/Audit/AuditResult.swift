/// What an audit has found.
package struct AuditResult: Codable, Sendable {
    /// Milliseconds from the time at which a message was meant to be sent to its arrival at a device that was connected by then.
    package struct Latency: Codable, Sendable {
        package var p50 = 0.0
        package var p90 = 0.0
        package var p99 = 0.0
        package var max = 0.0
    }

    /// How long it took after one fault until all was well; nil where it never was.
    package struct Recovery: Codable, Sendable {
        package var fault: String
        /// Seconds into the run.
        package var began: Double
        /// Seconds that the fault lasted.
        package var lasted: Double
        package var reconnectSeconds: Double?
        package var presenceSeconds: Double?
    }

    /// One violation with all that the record knows about its message or device, in time order.
    package struct Example: Codable, Sendable {
        package var kind: AuditViolation
        package var text: String
        package var history: [String]
    }

    package var seed: UInt64 = 0
    package var clients = 0
    package var users = 0
    package var edges = 0
    /// Seconds in which messages were sent.
    package var seconds = 0.0
    package var sent = 0
    package var accepted = 0
    /// Sent and in the end neither accepted nor refused.
    package var unanswered = 0
    /// Deliveries that the accepted messages call for: each device of each recipient once.
    package var expected = 0
    /// Of these, those that came, by push or by sync after a gap.
    package var delivered = 0
    /// Times that a message came again as it may: its cursor was past the one that the device named when it resumed.
    package var rereads = 0
    package var gaps = 0
    /// Messages that were fetched from `/v1/sync` after gaps.
    package var synced = 0
    package var sessions = 0
    package var membershipChanges = 0
    /// Messages read back over REST, and rows in Postgres.
    package var history = 0
    package var rows = 0
    /// Users whose presence was judged, at the end.
    package var presence = 0
    /// Answers that refused something, by their code: those of `busy` and `rate_limited` were tried again.
    package var refusals: [String: Int] = [:]
    package var delivery = Latency()
    package var acceptance = Latency()
    package var recoveries: [Recovery] = []
    package var violations: [AuditViolation: Int] = [:]
    /// The first ten violations.
    package var examples: [Example] = []

    /// Nothing found.
    package init() {}

    package var isClean: Bool { violations.isEmpty }
    /// The longest of all faults; nil without a fault.
    package var reconnectSeconds: Double? { recoveries.compactMap(\.reconnectSeconds).max() }
    package var presenceSeconds: Double? { recoveries.compactMap(\.presenceSeconds).max() }
}
