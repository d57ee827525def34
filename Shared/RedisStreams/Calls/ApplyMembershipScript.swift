public import Messaging

/// Applies a membership change of the log to a group's member set.
///
/// `Scripts/apply_membership.lua`; keys: the group's members and hash, log and head, and what was staged for the change (one slot). Atomic, because comparing the version and changing the set must be one step: a
/// reader of the partition that was paused and comes late must not undo what its successor did. The version is the id of the last change applied; a change
/// that is refused moves it too, so that whoever waits for it learns that it has been dealt with. A deleted group is remembered for `memory`.
///
/// The same step says whether the group is large, so that its messages go into a log of its own, and enters into that log who leaves a group that is:
/// behind the entry nobody who is named is told of anything. A change with many members is staged before (``StageMembers``), so that the step is short.
public enum ApplyMembershipScript {
    /// The most members of a group.
    public static let limit = 100_000

    /// Who leaves a large group by a change.
    public enum Departure: Hashable, Sendable {
        /// The most that are named.
        public static let limit = 1000

        case users([String])
        /// Too many to name: everybody who hears the group has to ask.
        case unknown

        /// These users; more than are named count as unknown.
        public init(_ users: some Collection<String>) {
            self = users.count > Self.limit ? .unknown : .users(Array(users))
        }

        /// As it stands in the log.
        public var text: String {
            switch self {
            case .users(let users): users.joined(separator: " ")
            case .unknown: "*"
            }
        }
    }

    /// What became of it.
    public enum Reply: Hashable, Sendable {
        /// The group has this many members now, and is large or not. `entry`: the place before the entry in its log of who leaves, if there is one.
        case applied(members: Int, isLarge: Bool = false, entry: MessageID? = nil)
        /// It, or a newer one, had been applied before.
        case outdated(version: MessageID)
        /// The group would have too many members: nothing was changed.
        case full(members: Int)
        /// There is no such group, or it has been deleted: nothing was changed.
        case unknown
    }

    /// The call.
    /// - Parameters:
    ///   - version: the change's id in the log.
    ///   - place: where it stands in the log, when that is a replay.
    ///   - isStaged: whether the members of a `replace` have been staged, and do not come along.
    ///   - departure: who leaves by it, if the group is large.
    ///   - limit: the most members of any group.
    ///   - size: from which size on it is large.
    ///   - memory: how long a deleted group is remembered.
    ///   - retention: what the group's log keeps.
    public static func command(
        keys: Keys, group: String, version: MessageID, place: MessageID? = nil, change: MembershipChange,
        isStaged: Bool = false,
        departure: Departure = .unknown, limit: Int = limit, size: LargeGroupSize = .init(),
        memory: Duration = .seconds(7 * 86_400),
        retention: DeliverFeedScript.Retention = .init(count: 1000, age: .seconds(7 * 86_400))
    ) -> RedisCommand {
        let feed = Feed(group: group)
        return RedisCommand(
            script: .applyMembership,
            keys: [
                keys.members(group), keys.group(group), keys.feedLog(feed), keys.feedHead(feed),
                keys.stagedMembers(group, version),
            ],
            arguments: [
                version.argument, isStaged ? "staged" : .text(change.operation.rawValue), .integer(Int64(limit)),
                memory.argument, .text(change.name ?? ""), .integer(Int64(size.limit)), .integer(Int64(size.back)),
                .text(departure.text), .integer(Int64(retention.count)), retention.age.argument,
                DeliverFeedScript.memory.argument, (place ?? version).argument,
            ] + (change.operation == .delete || isStaged ? [] : change.members.map { .text($0) }))
    }

    /// Reads the reply.
    public static func reply(_ value: RedisValue) throws(RedisError) -> Reply {
        let parts = try value.elements("apply_membership")
        switch (parts[0].string, parts.count) {
        case ("applied", 4):
            return .applied(
                members: Int(try parts[1].number("apply_membership")),
                isLarge: try parts[2].number("apply_membership") == 1,
                entry: try parts[3].string == "" ? nil : parts[3].id("apply_membership"))
        case ("outdated", 2): return .outdated(version: try parts[1].id("apply_membership"))
        case ("full", 2): return .full(members: Int(try parts[1].number("apply_membership")))
        case ("unknown", 1): return .unknown
        default: throw .unexpectedReply("apply_membership")
        }
    }
}

/// Puts the members that a change is to bring beside the group, in portions, so that no step of Redis takes long: SADD. ``ApplyMembershipScript`` puts them in place.
public enum StageMembers {
    /// The most members of a change that is applied without staging them, and of a portion.
    public static let portion = 1000
    /// How long they are kept if nobody does.
    private static let life = Duration.seconds(3600)

    /// The calls, to be made in order. Repeating them changes nothing.
    public static func commands(
        keys: Keys, group: String, version: MessageID, members: [String]
    ) -> [RedisCommand] {
        let key = RedisArgument.text(keys.stagedMembers(group, version))
        return stride(from: 0, to: members.count, by: portion).flatMap { start in
            [
                RedisCommand(
                    "SADD", [key] + members[start..<min(start + portion, members.count)].map { .text($0) }),
                RedisCommand("PEXPIRE", key, life.argument),
            ]
        }
    }
}
