import Messaging
import RedisStreams

/// Groups with more members than an inbox entry for each is good for: their messages go into one log, as those of a topic do.
///
/// A change that makes a group large or small, or that concerns a large one, goes in this order, and all of it can be repeated:
/// 1. all that was before it is delivered;
/// 2. if it makes the group small, the marks of all who stay are moved: a reader who comes late must not deliver to their inboxes what the log had;
/// 3. it is noted with the users who are to hear the log, and with those who have heard it. Nothing is said meanwhile, so it is no matter that this comes first. An edge asks
///    the member set before a session hears anything;
/// 4. the member set is changed, and who leaves is entered into the log, in one step;
/// 5. the edges are told: those that hear the log, of who leaves; those that have sessions of who is to hear it, of that. What they miss they find by their checks.
extension PartitionRouter {
    /// The feed that a message goes into; nil when it is for inboxes.
    func feed(of conversation: Conversation, for entry: RoutedEntry) async throws -> Feed? {
        guard let id = conversation.groupID else { return Feed(conversation) }
        // Those named by a replay were recipients when their inboxes were the place.
        guard entry.only == nil else { return nil }
        let group = try await group(id)
        guard group.isLarge else { return nil }
        try checkReplay(entry, group)
        return Feed(group: id)
    }

    /// A replay of a message must still be sure for whom it was.
    func checkReplay(_ entry: RoutedEntry, _ group: Group) throws(Unroutable) {
        guard entry.isReplay, group.version > entry.id else { return }
        throw Unroutable(
            kind: .group,
            reason: "the group's members have changed since it was sent, so it would reach users whom it was not for")
    }

    /// Whether a user is in a conversation. `users`: all who are, but for a large group, of which they are not known.
    func isMember(_ user: String, of conversation: Conversation, among users: Set<String>) async throws -> Bool {
        guard let id = conversation.groupID, try await group(id).isLarge else { return users.contains(user) }
        let reader = reader
        return try await patiently(id) { () throws(RedisError) in
            try await reader.standing(id, of: [user])?.members.isEmpty == false
        }
    }

    /// What a change does to a large group, or to one that becomes large; nil for any other, and for a change that was applied before or cannot be.
    func turn(
        _ change: MembershipChange, _ id: String, _ group: Group, version: MessageID
    ) async throws -> GroupTurn? {
        guard group.version < version, group.exists || change.operation == .replace else { return nil }
        guard group.isLarge else { return GroupTurn(of: group.members, by: change, size: tools.largeGroup) }
        let reader = reader
        return try await patiently(id) { () throws(RedisError) in
            if change.operation == .add || change.operation == .remove,
                let standing = try await reader.standing(id, of: change.members)
            {
                let isAdding = change.operation == .add
                let named = Set(change.members)
                let joined = isAdding ? named.subtracting(standing.members) : []
                let left = isAdding ? [] : standing.members
                if standing.count + joined.count - left.count > tools.largeGroup.back {
                    return GroupTurn(wasLarge: true, isLarge: true, joined: joined, left: left)
                }
            }
            return GroupTurn(ofLarge: try await reader.members(of: id), by: change, size: tools.largeGroup)
        }
    }

    /// Applies a change to a group that is large before or after it.
    func apply(
        _ change: MembershipChange, to id: String, _ group: Group, _ turn: GroupTurn, _ entry: RoutedEntry
    ) async throws {
        let feed = Feed(group: id)
        if !turn.isLarge {
            for chunk in planner.add(.mark(id: entry.source), to: turn.after) { try await deliver(chunk) }
            try await flush()
        }
        let newcomers = turn.wasLarge ? turn.joined : turn.after
        try await note(notes(of: newcomers, group: id, change: entry.id, isIn: true))
        try await note(feedNotes(of: turn.entering, id, entry.source, isIn: true))
        try await note(feedNotes(of: turn.leaving, id, entry.source, isIn: false))

        let reply = try await changeMembers(change, id, turn, entry)
        groups[id] = nil
        guard case .applied(_, let isLarge, let before) = reply else { return tools.metrics.membershipChange() }
        if isLarge {
            var known = group.applying(change, version: entry.id, isLarge: true)
            known.members = []
            known.departed = turn.wasLarge && turn.left.isEmpty ? group.departed : entry.source
            groups[id] = known
        }
        try await note(notes(of: turn.left, group: id, change: entry.id, isIn: false))
        if let before {
            let departure = FeedEntry.Departure(Self.departure(turn).text)
            let entry = FeedEntry(
                place: entry.source, previous: before, from: "", device: "", data: [], departure: departure)
            for chunk in planner.add(.departure(feed, entry), to: [feed.description]) { try await deliver(chunk) }
        }
        for chunk in planner.add(.groups, to: turn.entering) { try await deliver(chunk) }
        try await flush()
        tools.metrics.membershipChange()
    }

    /// Changes the member set. `turn`: nil for a group that is small before and after.
    func changeMembers(
        _ change: MembershipChange, _ id: String, _ turn: GroupTurn?, _ entry: RoutedEntry
    ) async throws -> ApplyMembershipScript.Reply {
        let isStaged = change.operation == .replace && change.members.count > StageMembers.portion
        let (redis, keys, timeline) = (tools.redis, tools.keys, reader.timeline)
        let command = ApplyMembershipScript.command(
            keys: keys, group: id, version: entry.id, place: turn == nil ? nil : entry.source, change: change,
            isStaged: isStaged, departure: turn.map(Self.departure) ?? .unknown, size: tools.largeGroup)
        return try await patiently(id) { () throws(RedisError) in
            if isStaged {
                for portion in StageMembers.commands(keys: keys, group: id, version: entry.id, members: change.members)
                {
                    _ = try await redis.execute(portion, on: timeline)
                }
            }
            return try ApplyMembershipScript.reply(await redis.execute(command, on: timeline))
        }
    }

    private static func departure(_ turn: GroupTurn) -> ApplyMembershipScript.Departure {
        turn.isLarge ? .init(turn.left) : .unknown
    }

    private func feedNotes(of users: Set<String>, _ group: String, _ change: MessageID, isIn: Bool) -> [RedisCommand] {
        users.map {
            NoteFeedScript.command(keys: tools.keys, user: $0, group: group, change: change, isIn: isIn)
        }
    }
}
