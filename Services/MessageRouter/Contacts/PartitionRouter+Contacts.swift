import Messaging
import RedisStreams

/// Notes with users who their contacts and which their groups are: presence is shown to members of a common conversation, and nobody else knows in Redis who that is.
///
/// Before a batch counts as done, so that a crash loses nothing; again after it, which changes nothing.
extension PartitionRouter {
    /// Commands in one unit.
    private static let notePortion = 2000

    /// A message is for this conversation.
    func meet(_ conversation: Conversation) {
        switch conversation.kind {
        case .direct(let one, let other):
            if one != other { contacts.meet(.pair(one, other)) }
        case .group(let id): contacts.meet(.group(id))
        case .topic: break
        }
    }

    /// Notes what the batch has met for the first time.
    func noteContacts() async throws {
        guard !contacts.open.isEmpty else { return }
        var commands: [RedisCommand] = []
        var marks: [RedisCommand] = []
        for note in contacts.open {
            switch note {
            case .pair(let one, let other):
                commands.append(NoteContactScript.command(keys: tools.keys, user: one, contact: other))
                commands.append(NoteContactScript.command(keys: tools.keys, user: other, contact: one))
            case .group(let id):
                let name = tools.keys.group(id)
                let isNoted = try await settle(RedisCommand("HGET", .text(name), "noted"))
                guard isNoted == .null, let group = try await readable(id), group.exists else { continue }
                commands += notes(of: group.members, group: id, change: group.version, isIn: true)
                marks.append(RedisCommand("HSET", .text(name), "noted", "1"))
            }
        }
        try await note(commands)
        // Only when all of its members have it.
        try await note(marks)
        contacts.noted()
    }

    /// Who comes into a group by a change: to be noted before it is applied, while it can still be told from the members. It is harmless if they do not after all.
    func noteJoining(_ change: MembershipChange, _ id: String, _ group: Group, version: MessageID) async throws {
        let joining = change.applied(to: group.members).subtracting(group.members)
        try await note(notes(of: joining, group: id, change: version, isIn: true))
    }

    /// Who has left it: after it was applied. If this is lost, too much is noted, which is looked through.
    func noteLeft(_ change: MembershipChange, _ id: String, _ group: Group, version: MessageID) async throws {
        let left = group.members.subtracting(change.applied(to: group.members))
        try await note(notes(of: left, group: id, change: version, isIn: false))
    }

    func notes(of users: Set<String>, group: String, change: MessageID, isIn: Bool) -> [RedisCommand] {
        users.map { NoteGroupScript.command(keys: tools.keys, user: $0, group: group, change: change, isIn: isIn) }
    }

    func note(_ commands: [RedisCommand]) async throws {
        for start in stride(from: 0, to: commands.count, by: Self.notePortion) {
            let portion = Array(commands[start..<min(start + Self.notePortion, commands.count)])
            for case .failure(let error) in await tools.redis.execute(portion, on: reader.timeline) {
                // Broken keys of one user are no reason not to route messages: that user sees less.
                if error.isOutage { throw error }
                tools.metrics.unnoted()
            }
        }
        tools.metrics.noted(commands.count)
    }

    /// A group; nil when its keys are broken.
    private func readable(_ id: String) async throws -> Group? {
        do {
            return try await group(id)
        } catch is Unroutable {
            return nil
        }
    }

    private func settle(_ command: RedisCommand) async throws -> RedisValue {
        do throws(RedisError) {
            return try await tools.redis.execute(command, on: reader.timeline)
        } catch {
            guard !error.isOutage else { throw error }
            return .null
        }
    }
}
