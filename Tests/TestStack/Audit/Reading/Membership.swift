import Messaging

/// Makes the groups, and has users leave them and come back while messages flow.
///
/// Each group is changed by one caller, one change after the other, so the group's version after a change is the id of the log entry that made it. Where an answer is
/// missing it is not known which attempt took effect: then a window is written down, from the last message accepted before the first attempt to the version after
/// the last one; and since a lost attempt may take effect late, that user's membership is left as it is from then on.
actor Membership {
    private static let patience = Duration.seconds(120)

    private let swarm: Swarm
    private let target: AuditTarget
    private var generator: SeededGenerator
    /// Who is outside just now.
    private var outside: Set<Place> = []
    private var settled: Set<Place> = []
    private var uncertain: Set<Int> = []
    private var versions: [Int: MessageID] = [:]
    /// Large groups that are small just now.
    private var small: Set<Int> = []
    private var isStopping = false

    private struct Place: Hashable {
        let group: Int
        let user: Int
    }

    init(swarm: Swarm, target: AuditTarget) {
        self.swarm = swarm
        self.target = target
        generator = SeededGenerator(seed: swarm.plan.seed &* 1000 &+ 999)
    }

    /// Makes all groups.
    func makeGroups() async throws {
        for group in swarm.plan.allGroups {
            let owner = swarm.plan.members(ofGroup: group)[0]
            let users = present(in: group)
            let answer = try await HTTPClient.request(
                "PUT", url(group), token: swarm.ownerTokens[group], body: body(group, users))
            // 202: it is in the log, and is not applied yet.
            guard [200, 201, 202].contains(answer.status),
                let version = try answer.json()["version"]?.string.flatMap({ MessageID($0) })
            else { throw TestStackError(.connection, "PUT \(url(group)): \(answer.status) \(answer.text)") }
            if answer.status == 202 { _ = try await self.version(of: group, as: owner, atLeast: version) }
            versions[group] = version
            try await swarm.record(users.map { event(.joined, group, $0, after: version, upTo: version) })
        }
    }

    /// The users of the swarm who are members just now.
    private func present(in group: Int) -> [Int] {
        let movers = swarm.plan.movers(ofGroup: group).filter { !outside.contains(Place(group: group, user: $0)) }
        return Set(swarm.plan.members(ofGroup: group) + movers).sorted()
    }

    private func body(_ group: Int, _ users: [Int]) -> String {
        let isLarge = swarm.plan.isLarge(group) && !small.contains(group)
        let others = isLarge ? (0..<swarm.plan.bystanders).map(swarm.names.bystander) : []
        let list = (users.map(swarm.names.user) + others).map { "\"\($0)\"" }.joined(separator: ",")
        return "{\"name\":\"audit\",\"members\":[\(list)]}"
    }

    /// Ends ``run()`` when the change under way is done: without its id nothing after it could be judged.
    func stop() { isStopping = true }

    /// Changes memberships at the plan's rate until it is stopped.
    /// - Throws: ``TestStackError`` when a change cannot be made within two minutes.
    func run() async throws {
        let places = swarm.plan.allGroups.flatMap { group in
            swarm.plan.movers(ofGroup: group).map { Place(group: group, user: $0) }
        }
        guard !places.isEmpty, swarm.plan.changes > 0 else { return }
        while true {
            try await Task.sleep(for: .seconds(1) / swarm.plan.changes)
            guard !isStopping else { return }
            let large = swarm.plan.groups..<swarm.plan.groups + swarm.plan.largeGroups
            if let group = large.randomElement(using: &generator),
                generator.chance(swarm.plan.turns / swarm.plan.changes)
            {
                try await turn(group)
                continue
            }
            guard let place = places.randomElement(using: &generator), !settled.contains(place) else { continue }
            try await change(place)
        }
    }

    private func change(_ place: Place) async throws {
        let joins = outside.contains(place)
        let owner = swarm.plan.members(ofGroup: place.group)[0]
        let target = "\(url(place.group))/members/\(swarm.names.user(place.user))"
        let before = max(
            try await swarm.lastAccepted(in: .group(place.group)), versions[place.group] ?? .zero)
        let deadline = ContinuousClock.now + Self.patience
        var attempts = 0
        while true {
            attempts += 1
            let answer = try? await HTTPClient.request(
                joins ? "PUT" : "DELETE", target, token: swarm.ownerTokens[place.group], within: .seconds(5))
            if answer?.status == 204 { break }
            // An answer of 202 tells that it is in the log; any other may be lost in it.
            if answer?.status != 202 {
                settled.insert(place)
                uncertain.insert(place.group)
            }
            try await pause(before: deadline, target)
        }
        let version = try await version(of: place.group, as: owner)
        let isExact = attempts == 1 && !uncertain.contains(place.group)
        try await swarm.record([
            event(joins ? .joined : .left, place.group, place.user, after: isExact ? version : before, upTo: version)
        ])
        versions[place.group] = version
        if joins { outside.remove(place) } else { outside.insert(place) }
    }

    /// Makes a large group small, or large again. For users of the swarm nothing changes.
    private func turn(_ group: Int) async throws {
        if small.contains(group) { small.remove(group) } else { small.insert(group) }
        let body = body(group, present(in: group))
        let deadline = ContinuousClock.now + Self.patience
        while true {
            let answer = try? await HTTPClient.request(
                "PUT", url(group), token: swarm.ownerTokens[group], body: body, within: .seconds(5))
            if let answer, [200, 202].contains(answer.status),
                let version = try? answer.json()["version"]?.string.flatMap({ MessageID($0) })
            {
                versions[group] = version
                return
            }
            // It names the members of now: taking effect late it would undo what was changed meanwhile.
            uncertain.insert(group)
            for user in swarm.plan.movers(ofGroup: group) { settled.insert(Place(group: group, user: user)) }
            try await pause(before: deadline, url(group))
        }
    }

    private func version(
        of group: Int, as user: Int, atLeast least: MessageID = .zero
    ) async throws -> MessageID {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            if let answer = try? await HTTPClient.get(url(group), token: swarm.tokens[user], within: .seconds(5)),
                answer.status == 200, let version = try? answer.json()["version"]?.string.flatMap({ MessageID($0) }),
                version >= least
            {
                return version
            }
            try await pause(before: deadline, url(group))
        }
    }

    private func pause(before deadline: ContinuousClock.Instant, _ what: String) async throws {
        guard ContinuousClock.now < deadline else { throw TestStackError(.timedOut, "\(what): not within two minutes") }
        try await Task.sleep(for: .milliseconds(300))
    }

    /// Deletes the groups, so that nothing of the run is left but its messages.
    func deleteGroups() async {
        for group in versions.keys {
            _ = try? await HTTPClient.request(
                "DELETE", url(group), token: swarm.ownerTokens[group], within: .seconds(5))
        }
    }

    private func url(_ group: Int) -> String { "\(target.router)/v1/groups/\(swarm.names.group(group))" }

    private func event(
        _ kind: RecordEvent.Kind, _ group: Int, _ user: Int, after: MessageID, upTo: MessageID
    ) -> RecordEvent {
        var event = RecordEvent(kind)
        event.conversation = .group(group)
        event.sender = UInt32(user)
        event.id = upTo
        event.cursor = after
        return event
    }
}
