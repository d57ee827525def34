import Messaging
import RedisStreams
import TestStack

/// Each of presence's queries, as fast as some connections ask them.
struct PresenceQueries {
    let bed: PresenceBed
    /// How many users there are, as a churn names them.
    let users: Int
    let connections: Int
    let seconds: Double
    let sampler: ProcessSampler

    /// Those who ask, and whom each has had a conversation with.
    private static let callers = 50
    private static let contacts = 100

    func run() async throws -> LoadOutcome {
        let callers = (0..<Self.callers).map { "asks-\($0)" }
        try await introduce(callers)
        let tokens = try callers.map(bed.token)
        var outcome = LoadOutcome()
        let one = (0..<5000).map { number in
            KeepAliveClient.request(
                "/v1/presence/\(contact(number % Self.callers, number / Self.callers))",
                token: tokens[number % Self.callers])
        }
        try await add("presence of a user", one, &outcome)
        for count in [10, Self.contacts] {
            let many = callers.indices.map { caller in
                let list = (0..<count).map { "\"\(contact(caller, $0))\"" }.joined(separator: ",")
                return KeepAliveClient.post("/v1/presence/query", token: tokens[caller], body: "{\"users\":[\(list)]}")
            }
            try await add("presence of \(count) users", many, &outcome)
        }
        return outcome
    }

    private func contact(_ caller: Int, _ number: Int) -> String {
        "churn-u\((caller * Self.contacts + number % Self.contacts) % users)"
    }

    /// Has everyone who asks have had a conversation with whom they ask for: else they may not see them.
    private func introduce(_ callers: [String]) async throws {
        let keys = Keys()
        var commands: [RedisCommand] = []
        for (place, caller) in callers.enumerated() {
            for number in 0..<Self.contacts {
                commands.append(
                    RedisCommand("ZADD", .text(keys.contacts(caller)), "1", .text(contact(place, number))))
            }
        }
        for result in await bed.link.execute(commands) { _ = try result.get() }
    }

    private func add(_ name: String, _ requests: [[UInt8]], _ outcome: inout LoadOutcome) async throws {
        let line = LiveLine()
        var load = RequestLoad(name: name, port: bed.presences[0].port, requests: requests)
        (load.connections, load.seconds) = (connections, seconds)
        let result = try await load.run { line.show(name, share: $1, $0, unit: "requests") }
        line.finish()
        outcome.add(result.outcome(name, sampler))
    }
}
