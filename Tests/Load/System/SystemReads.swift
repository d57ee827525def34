import Messaging
import TestStack

/// What goes on beside the messages of a mixed step: who is online, and what was said.
struct SystemReads: Sendable {
    private let loads: [RequestLoad]

    /// Questions of users who talk to one another in pairs.
    /// - Parameter rate: requests a second of each kind.
    init(_ plan: TrafficPlan, _ target: AuditTarget, rate: Double) throws {
        let pairs = plan.streams.filter { $0.destination.hasPrefix("user:") }.prefix(200).map {
            (user: plan.users[$0.sender], partner: String($0.destination.dropFirst("user:".count)))
        }
        let tokens = try pairs.map { try Token(user: $0.user, lifetime: .seconds(6 * 3600)).signed(target.secret) }
        let (presence, history) = (try SystemBed.port(target.presence), try SystemBed.port(target.history))
        func load(_ name: String, _ port: UInt16, _ request: (Int) -> [UInt8]) -> RequestLoad {
            var load = RequestLoad(name: name, port: Int(port), requests: pairs.indices.map(request))
            (load.connections, load.rate, load.warmUp, load.seconds) = (2, rate, plan.warmUp, plan.seconds)
            return load
        }
        loads = [
            load("presence of a user", presence) {
                KeepAliveClient.request("/v1/presence/\(pairs[$0].partner)", token: tokens[$0])
            },
            load("conversations", history) {
                KeepAliveClient.request("/v1/conversations?limit=50", token: tokens[$0])
            },
            load("messages, newest", history) {
                let name = Conversation.direct(pairs[$0].user, pairs[$0].partner).description
                return KeepAliveClient.request("/v1/conversations/\(name)/messages?limit=50", token: tokens[$0])
            },
        ]
    }

    /// Asks all the while, and gives what came of each kind.
    func run() async throws -> [(name: String, result: RequestLoad.Result)] {
        try await withThrowingTaskGroup(of: (String, RequestLoad.Result).self) { group in
            for load in loads { group.addTask { (load.name, try await load.run()) } }
            var results: [(name: String, result: RequestLoad.Result)] = []
            for try await (name, result) in group { results.append((name, result)) }
            return results.sorted { $0.name < $1.name }
        }
    }

    /// Puts it into the outcome of the step that it went on beside.
    static func add(_ results: [(name: String, result: RequestLoad.Result)], to outcome: inout LoadOutcome) {
        guard let step = outcome.steps.first?.name else { return }
        for (name, result) in results {
            outcome.steps[0].latencies[name] = result.times.latency
            outcome.steps[0].figures.append(
                .init(
                    name: name, value: Double(result.count) / max(1e-6, Double(result.to - result.from) / 1e9),
                    unit: "requests/s"))
            outcome.recorded.append(
                .init(name: "\(step) \(name)", recorder: result.times, from: result.from, to: result.to))
            guard !result.refused.isEmpty else { continue }
            outcome.invalid.append("\(step): \(name) was refused: \(result.refused)")
            if let example = result.example { outcome.examples.append("\(step): \(name): \(example)") }
        }
    }
}
