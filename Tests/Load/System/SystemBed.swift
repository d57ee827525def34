import Foundation
import TestStack

/// Makes the users, groups and plans of a system's steps.
struct SystemBed {
    var clients: Int
    var groups: Int
    var groupSize: Int
    var window: Int
    var warmUp: Double
    var seconds: Double
    var body: Int
    var patience: Double

    /// The plan of a step; its groups are there when this returns.
    /// - Parameter sessions: how many each edge is to have, those that say nothing included; nil for those that talk alone.
    func plan(_ step: SystemStep, _ installation: Installation, sessions: Int?) async throws -> TrafficPlan {
        let ports = try installation.target.edges.map(Self.port)
        let name = "load\(UInt32.random(in: 0 ... .max))"
        var plan: TrafficPlan
        switch step.kind {
        case .oneToOne: plan = .pairs(clients, ports: ports, name: name)
        case .groups:
            plan = .groups(groups, size: groupSize, senders: 2, ports: ports, name: name)
            try await make(groupsOf: plan, name, installation.target)
        case .topics: plan = .topics(groups, size: groupSize, senders: 2, ports: ports, name: name)
        case .mixed:
            plan = .pairs(clients, ports: ports, name: name)
            plan.add(.groups(groups, size: groupSize, senders: 2, ports: ports, name: "\(name)g"))
            try await make(groupsOf: plan, "\(name)g", installation.target)
            plan.add(.topics(groups, size: groupSize, senders: 1, ports: ports, name: "\(name)t"))
        }
        if let sessions { plan.fill(upTo: sessions, edges: ports, name: "\(name)i") }
        (plan.rate, plan.window, plan.warmUp, plan.seconds) = (step.rate, window, warmUp, seconds)
        (plan.body, plan.patience) = (body, patience)
        return plan
    }

    private func make(groupsOf plan: TrafficPlan, _ name: String, _ target: AuditTarget) async throws {
        for (group, members) in plan.groups.sorted(by: { $0.key < $1.key }) {
            let list = members.map { "\"\(plan.users[$0])\"" }.joined(separator: ",")
            let answer = try await HTTPClient.request(
                "PUT", "\(target.router)/v1/groups/\(group)",
                token: Token(user: plan.users[members[0]], scopes: ["admin"]).signed(target.secret), headers: [:],
                body: "{\"name\":\"\(group)\",\"members\":[\(list)]}")
            guard (200..<300).contains(answer.status) else {
                throw LoadError.refused("the group \(group) could not be made: \(answer.status) \(answer.text)")
            }
        }
    }

    /// The port of a service on this machine.
    static func port(_ url: String) throws -> UInt16 {
        guard let parts = URLComponents(string: url), let port = parts.port.flatMap(UInt16.init(exactly:)),
            ["127.0.0.1", "localhost"].contains(parts.host)
        else {
            throw LoadError.refused(
                "\(url) is not on this machine: times are measured by one clock, so give URLs of 127.0.0.1")
        }
        return port
    }
}
