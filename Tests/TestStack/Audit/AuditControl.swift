/// What a fault's story may ask and tell of the traffic that runs meanwhile.
package final class AuditControl: Sendable {
    /// What has happened so far.
    package struct Counts: Sendable {
        /// Sessions that are open, and that ought to be.
        package var open = 0
        package var wanted = 0
        package var sent = 0
        package var accepted = 0
        package var delivered = 0
    }

    private let swarm: Swarm
    private let recovery: Recovery

    init(swarm: Swarm, recovery: Recovery) {
        self.swarm = swarm
        self.recovery = recovery
    }

    /// What has happened so far.
    package func counts() async throws -> Counts { try await swarm.counts().control }

    /// A fault begins: it is named in the result.
    package func faultBegan(_ what: String) async { await recovery.began(what) }

    /// The fault is over. Returns when every client is connected again and presence is right, or after a minute: how long each took is in
    /// the result, and was too long past the plan's limits.
    @discardableResult
    package func faultEnded() async throws -> AuditResult.Recovery { try await recovery.ended() }

    /// The edges to connect to from now on. Sessions with others go on until those end them.
    package func setEdges(_ urls: [String]) async throws { try await swarm.setEdges(urls) }
}
