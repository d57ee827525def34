/// Who talks to whom, how much and for how long.
package struct TrafficPlan: Sendable {
    /// `ws://host:port/ws` of each edge; clients are spread over them evenly, and try the next one after a failure.
    package var edges: [String]
    /// The base URL of message-router, where the groups are made.
    package var router: String
    /// What tokens are signed with.
    package var secret: String
    /// The clients, one user with one device each.
    package var clients = 200
    package var groups = 10
    package var groupSize = 10
    /// The share of messages that go to a group, 0 to 1.
    package var groupShare = 0.2
    /// Messages a second, over all clients.
    package var rate = 1000.0
    package var duration = Duration.seconds(60)
    /// The size of a message's `data`, in bytes, at least 64.
    package var bodySize = 64
    /// How long nothing at all may arrive, after the last message was sent, before what is missing counts as lost.
    package var patience = Duration.seconds(10)
    /// How many clients connect at once.
    package var connecting = 64
    /// What the names of users and groups begin with, so that runs do not meet.
    package var name = "load-" + String(UInt32.random(in: .min ... .max), radix: 36)

    /// A plan with the usual numbers.
    package init(edges: [String], router: String, secret: String) {
        self.edges = edges
        self.router = router
        self.secret = secret
    }

    func user(_ index: Int) -> String { "\(name)-u\(index)" }
    func group(_ index: Int) -> String { "\(name)-g\(index)" }

    /// The clients in a group: runs of neighbours, which sit on different edges.
    func members(ofGroup index: Int) -> [Int] {
        let first = index * max(1, clients / max(1, groups))
        return (0..<min(groupSize, clients)).map { (first + $0) % clients }
    }

    /// The groups a client is in.
    func groups(of client: Int) -> [Int] { (0..<groups).filter { members(ofGroup: $0).contains(client) } }
}
