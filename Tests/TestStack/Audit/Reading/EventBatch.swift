/// Gathers events that come one by one, so that not each of them takes a hop to an event loop.
actor EventBatch {
    private let swarm: Swarm
    private var events: [RecordEvent] = []

    init(_ swarm: Swarm) { self.swarm = swarm }

    func add(_ event: RecordEvent) async throws {
        events.append(event)
        if events.count >= 500 { try await finish() }
    }

    /// Writes down what is left.
    func finish() async throws {
        let batch = events
        events = []
        try await swarm.record(batch)
    }
}
