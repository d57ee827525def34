/// Who talks to whom, how much, for how long, and how they come and go. The same seed makes the same choices.
package struct AuditPlan: Sendable, Codable {
    /// Devices in all, each with one session at most.
    package var clients = 200
    /// What they speak.
    package var speaks = SwarmProtocol.json
    /// Devices of a user.
    package var devices = 2
    package var groups = 10
    /// Members who stay in a group throughout.
    package var groupSize = 8
    /// Users of a group who leave it and come back.
    package var movers = 2
    /// The share of messages that go to a group, 0 to 1.
    package var groupShare = 0.2
    /// Groups of more than 1,000 members, whose messages are in one log. They are numbered on from the others.
    package var largeGroups = 1
    /// Members who stay in a large group throughout, and speak in it.
    package var largeGroupSize = 30
    /// Users of a large group who leave it and come back.
    package var largeGroupMovers = 6
    /// Members of a large group who never connect. They alone make it large, and without them it is small.
    package var bystanders = 1100
    /// The share of messages that go to a large group, 0 to 1.
    package var largeGroupShare = 0.05
    /// Topics, each with listeners of its own who hear it throughout.
    package var topics = 3
    /// Users who hear a topic, with all their devices.
    package var listeners = 10
    /// The share of messages that go to a topic, 0 to 1.
    package var topicShare = 0.1
    /// Other users that a user writes to.
    package var partners = 6
    /// Messages a second, over all clients.
    package var rate = 1000.0
    package var duration = Duration.seconds(60)
    /// Clients that go away in a second; each comes back after 0.2 to 20 s.
    package var churn = 2.0
    /// Membership changes a second.
    package var changes = 1.0
    /// Membership changes of a large group a second by which it becomes small, or large again.
    package var turns = 0.05
    package var seed: UInt64 = 1
    /// The size of a message's `data`, in bytes, at least 64.
    package var bodySize = 64
    /// How long nothing at all may arrive at the end before what is missing counts as lost.
    package var patience = Duration.seconds(30)
    /// How long traffic goes on after the last fault.
    package var settling = Duration.seconds(20)
    /// Within how much time of a fault's end every client has to be connected again.
    package var reconnectLimit = Duration.seconds(10)
    /// Within how much time of a fault's end, and of everyone's going, presence has to be right.
    package var presenceLimit = Duration.seconds(15)
    /// How long a connection may bring nothing before the client asks whether the edge is there; after five seconds more it gives it up.
    package var silence = Duration.seconds(4)
    /// How many clients connect at once.
    package var connecting = 64
    /// Whether history and presence are read in the end.
    package var readsBack = true
    /// What the names of users and groups begin with, so that runs do not meet.
    package var name = "audit-" + String(UInt32.random(in: .min ... .max), radix: 36)

    /// A plan with the usual numbers.
    package init() {}

    /// The same with changes.
    package init(_ change: (inout AuditPlan) -> Void) { change(&self) }

    package var users: Int { max(1, clients / devices) }

    /// The numbers of all groups, the large ones last.
    var allGroups: Range<Int> { 0..<groups + largeGroups }

    func isLarge(_ group: Int) -> Bool { group >= groups }
}
