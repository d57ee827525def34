/// Who sends what to whom, and how fast.
struct TrafficPlan: Sendable {
    /// Where the messages of a stream go.
    struct Stream: Sendable {
        var sender: Int
        /// The contract's destination, such as `user:b`.
        var destination: String
        /// Those who get them; not the sender.
        var recipients: [Int]
    }

    var users: [String]
    /// The port of the edge of each client.
    var ports: [UInt16]
    var streams: [Stream]
    /// Groups that have to be there before, and the clients that are their members.
    var groups: [String: [Int]] = [:]
    /// What a client subscribes to.
    var topics: [Int: String] = [:]
    /// Bytes of a message's data.
    var body = 64
    /// Messages a second over all streams, each at its time whatever became of those before (open loop); nil for as many as `window` allows (closed loop).
    var rate: Double?
    /// Messages of a stream on their way at once, with a closed loop.
    var window = 4
    /// Seconds until it is measured, and for how long.
    var warmUp = 3.0
    var seconds = 20.0
    /// Seconds in which nothing came, after which what is missing is lost.
    var patience = 10.0
    /// Messages after which a device acknowledges.
    var acknowledgesEvery = 32

    /// Pairs of which each sends to the other, on two edges where there are two.
    static func pairs(_ clients: Int, ports: [UInt16], name: String) -> TrafficPlan {
        var plan = TrafficPlan(users: (0..<clients).map { "\(name)-\($0)" }, ports: [], streams: [])
        for client in 0..<clients {
            plan.ports.append(ports[client % ports.count])
            let partner = client ^ 1
            plan.streams.append(
                Stream(sender: client, destination: "user:\(plan.users[partner])", recipients: [partner]))
        }
        return plan
    }

    /// Groups of `size`, of which each member may send. The members are spread over the edges.
    static func groups(_ count: Int, size: Int, senders: Int, ports: [UInt16], name: String) -> TrafficPlan {
        var plan = TrafficPlan(users: (0..<count * size).map { "\(name)-\($0)" }, ports: [], streams: [])
        plan.ports = plan.users.indices.map { ports[$0 % ports.count] }
        for group in 0..<count {
            let members = group * size..<(group + 1) * size
            plan.groups["\(name)-g\(group)"] = Array(members)
            for sender in members.prefix(senders) {
                plan.streams.append(
                    Stream(
                        sender: sender, destination: "group:\(name)-g\(group)",
                        recipients: members.filter { $0 != sender }))
            }
        }
        return plan
    }

    /// Topics with `size` subscribers, of whom the first may send. The subscribers are spread over the edges.
    static func topics(_ count: Int, size: Int, senders: Int, ports: [UInt16], name: String) -> TrafficPlan {
        var plan = groups(count, size: size, senders: senders, ports: ports, name: name)
        for (topic, members) in plan.groups {
            for member in members { plan.topics[member] = topic }
        }
        plan.groups = [:]
        for place in plan.streams.indices {
            plan.streams[place].destination.replace("group:", with: "topic:")
        }
        return plan
    }

    /// Adds the clients and streams of another plan.
    mutating func add(_ other: TrafficPlan) {
        let first = users.count
        users += other.users
        ports += other.ports
        for stream in other.streams {
            streams.append(
                Stream(
                    sender: stream.sender + first, destination: stream.destination,
                    recipients: stream.recipients.map { $0 + first }))
        }
        for (group, members) in other.groups { groups[group] = members.map { $0 + first } }
        for (client, topic) in other.topics { topics[client + first] = topic }
    }

    /// Adds clients that say nothing, until each edge has so many sessions.
    mutating func fill(upTo sessions: Int, edges: [UInt16], name: String) {
        for edge in edges {
            let there = ports.count { $0 == edge }
            for number in 0..<max(0, sessions - there) {
                users.append("\(name)-\(edge)-\(number)")
                ports.append(edge)
            }
        }
    }

    /// Deliveries for each message, on average.
    var fanOut: Double {
        streams.isEmpty ? 0 : Double(streams.reduce(0) { $0 + $1.recipients.count }) / Double(streams.count)
    }
}
