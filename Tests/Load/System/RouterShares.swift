import TestStack

/// How many messages each message-router of an installation has routed so far.
struct RouterShares: Sendable {
    /// The most that one of two may have of the messages, in percent, for the split to be even.
    private static let even = 60.0

    private var messages: [(name: String, count: Double)] = []

    /// Empty for an installation that was not started here.
    init(_ installation: Installation) async throws {
        for router in installation.stack?.routers ?? [] {
            let text = try await HTTPClient.get("\(router.url)/metrics", within: .seconds(10)).text
            messages.append((router.name, Self.value("router_messages_total", in: text)))
        }
    }

    init(_ messages: [(name: String, count: Double)]) { self.messages = messages }

    /// Puts what each had of what came until `later` into the outcome of a step, if there are several.
    func add(until later: RouterShares, to outcome: inout LoadOutcome) {
        guard messages.count > 1, messages.count == later.messages.count else { return }
        let grown = zip(messages, later.messages).map { (name: $0.name, count: $1.count - $0.count) }
        let all = grown.reduce(0) { $0 + $1.count }
        guard all > 0 else { return }
        for (name, count) in grown {
            outcome.steps[0].figures.append(.init(name: "\(name) routed", value: 100 * count / all, unit: "%"))
        }
        guard grown.count == 2 else { return }
        outcome.budgets.append(
            Budget(
                name: "\(outcome.steps[0].name): the larger share of two routers", unit: "%", better: .lower,
                must: Self.even, aim: 50, reached: 100 * (grown.map(\.count).max() ?? 0) / all))
    }

    /// The value of a metric without labels; 0 when it is not there.
    static func value(_ name: String, in metrics: String) -> Double {
        metrics.split(separator: "\n").first { $0.hasPrefix("\(name) ") }?
            .split(separator: " ").last.flatMap { Double($0) } ?? 0
    }
}
