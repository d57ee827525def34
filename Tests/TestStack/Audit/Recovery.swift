/// Measures how long it takes after a fault until everyone is connected again and presence is right.
actor Recovery {
    private static let givesUp = Duration.seconds(60)

    private let swarm: Swarm
    private let presence: PresenceReading
    private let begin = ContinuousClock.now
    private var current: (what: String, at: ContinuousClock.Instant)?
    private(set) var all: [AuditResult.Recovery] = []

    init(swarm: Swarm, presence: PresenceReading) {
        self.swarm = swarm
        self.presence = presence
    }

    func began(_ what: String) { current = (what, .now) }

    func ended() async throws -> AuditResult.Recovery {
        let end = ContinuousClock.now
        let (what, start) = current ?? ("a fault", end)
        current = nil
        var recovery = AuditResult.Recovery(
            fault: what, began: (start - begin) / .seconds(1), lasted: (end - start) / .seconds(1))
        try await swarm.churn(false)
        recovery.reconnectSeconds = try await seconds(since: end) {
            let counts = try await self.swarm.counts().control
            return counts.open >= counts.wanted
        }
        recovery.presenceSeconds = try await seconds(since: end) { try await self.presence.mistakes().isEmpty }
        try await swarm.churn(true)
        all.append(recovery)
        return recovery
    }

    private func seconds(since start: ContinuousClock.Instant, until holds: () async throws -> Bool) async throws
        -> Double?
    {
        while true {
            if try await holds() { return (ContinuousClock.now - start) / .seconds(1) }
            guard ContinuousClock.now - start < Self.givesUp else { return nil }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
