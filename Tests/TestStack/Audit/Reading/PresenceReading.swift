import Messaging

/// Compares what presence says over REST with what the swarm knows.
struct PresenceReading: Sendable {
    let swarm: Swarm
    let target: AuditTarget

    /// What presence has wrong just now, as events for the record. When it cannot be asked, that is one mistake about nobody.
    func mistakes() async throws -> [RecordEvent] { try await answers().filter { !Self.isRight($0) } }

    static func isRight(_ event: RecordEvent) -> Bool {
        event.flags.contains(.toldOnline) == event.flags.contains(.isOnline)
    }

    /// What presence says of each user and device, and what is so.
    func answers() async throws -> [RecordEvent] {
        let plan = swarm.plan
        var events: [RecordEvent] = []
        for start in stride(from: 0, to: plan.users, by: 500) {
            let users = start..<min(start + 500, plan.users)
            // Before and after: who changed meanwhile is not judged.
            let before = try await swarm.devices().open
            guard let told = await ask(users) else { return [Self.unanswered] }
            let after = try await swarm.devices().open
            for user in users {
                let devices = Set(swarm.names.devices(ofUser: user))
                let here = before.intersection(devices)
                guard here == after.intersection(devices) else { continue }
                let (status, listed) = told[user] ?? (false, [])
                events.append(Self.event(user, isUser: true, told: status, isSo: !here.isEmpty))
                for device in devices {
                    let isTold = listed.contains(swarm.names.device(device))
                    events.append(Self.event(device, isUser: false, told: isTold, isSo: here.contains(device)))
                }
            }
        }
        return events
    }

    private func ask(_ users: Range<Int>) async -> [Int: (isOnline: Bool, devices: Set<String>)]? {
        let list = users.map { "\"\(swarm.names.user($0))\"" }.joined(separator: ",")
        guard
            let answer = try? await HTTPClient.request(
                "POST", "\(target.presence)/v1/presence/query", token: swarm.operatorToken,
                body: "{\"users\":[\(list)]}", within: .seconds(2)), answer.status == 200,
            let views = try? answer.json()["presence"]?.array
        else { return nil }
        var told: [Int: (isOnline: Bool, devices: Set<String>)] = [:]
        for view in views {
            guard let user = view["user"]?.string.flatMap({ swarm.names.user(named: $0.utf8) }) else { continue }
            let devices = Set((view["devices"]?.array ?? []).compactMap(\.string))
            told[user] = (view["status"]?.string == "online", devices)
        }
        return told
    }

    private static let unanswered = event(Int(UInt32.max), isUser: true, told: false, isSo: true)

    private static func event(_ number: Int, isUser: Bool, told: Bool, isSo: Bool) -> RecordEvent {
        var event = RecordEvent(.presence, device: number)
        if isUser { event.flags.insert(.isUser) }
        if told { event.flags.insert(.toldOnline) }
        if isSo { event.flags.insert(.isOnline) }
        return event
    }
}
