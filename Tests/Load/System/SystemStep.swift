import ServiceRuntime

/// One part of a system's load, as its setting names it.
struct SystemStep: Equatable {
    enum Kind: String, CaseIterable { case oneToOne = "one-to-one", groups, topics, mixed }

    /// Milliseconds; beyond it the knee has been passed.
    static let kneeLatency = 50.0
    private static let kneeRates = [1000, 2000, 5000, 7500, 10_000, 12_500, 15_000, 20_000, 25_000, 30_000, 40_000]

    var kind: Kind
    /// Messages a second; nil for a closed loop.
    var rate: Double?
    var isKnee = false

    var name: String { rate.map { "\(kind.rawValue) at \(ReportTable.number($0))/s" } ?? kind.rawValue }

    /// Reads one such as `groups@500`.
    static func read(_ text: String) throws(SettingsError) -> [SystemStep] {
        if text == "knee" { return kneeRates.map { SystemStep(kind: .oneToOne, rate: Double($0), isKnee: true) } }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let rate = parts.count == 2 ? Double(parts[1]) : nil
        guard let kind = Kind(rawValue: String(parts[0])), parts.count == 1 || rate.map({ $0 > 0 && $0 <= 1e6 }) == true
        else {
            throw SettingsError(
                "steps", "has \"\(text)\"",
                remedy:
                    "give \(Kind.allCases.map(\.rawValue).joined(separator: ", ")), each alone or with @RATE, or knee")
        }
        return [SystemStep(kind: kind, rate: rate)]
    }

    /// What it promises of what Redis is asked for each message.
    func budgets(redisCalls: Double) -> [Budget] {
        guard kind == .oneToOne, rate == nil else { return [] }
        return [
            Budget(
                name: "Redis calls of a one-to-one message", unit: "", better: .lower, must: 3.2, reached: redisCalls)
        ]
    }

    /// What the architecture promises of it, on a machine of two cores with the client on it.
    func budgets(_ step: LoadReport.Step) -> [Budget] {
        switch (kind, rate) {
        case (.oneToOne, nil):
            [
                Budget(
                    name: "one-to-one, accepted and delivered", unit: "/s", better: .higher, must: 28_000, aim: 40_000,
                    reached: step.rate),
                Budget(
                    name: "server CPU of a one-to-one message", unit: "µs", better: .lower, must: 55, aim: 40,
                    reached: step.serverMicroseconds),
            ]
        case (.oneToOne, 5000):
            [
                Budget(
                    name: "delivery p50 at 5,000/s", unit: "ms", better: .lower, must: 0.6, aim: 0.3,
                    reached: step.latencies["delivery"]?.p50 ?? .infinity),
                Budget(
                    name: "delivery p99 at 5,000/s", unit: "ms", better: .lower, must: 2, aim: 1,
                    reached: step.latencies["delivery"]?.p99 ?? .infinity),
            ]
        case (.groups, nil):
            [
                Budget(
                    name: "deliveries in groups of 100", unit: "/s", better: .higher, must: 200_000, aim: 300_000,
                    reached: step.rate)
            ]
        default: []
        }
    }
}
