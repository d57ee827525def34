public import Messaging

/// Applies a membership change of the log to a group's member set.
///
/// `Scripts/apply_membership.lua`; keys: the group's members and hash (one slot). Atomic, because comparing the version and changing the set must be one step: a
/// reader of the partition that was paused and comes late must not undo what its successor did. The version is the id of the last change applied; a change
/// that is refused moves it too, so that whoever waits for it learns that it has been dealt with. A deleted group is remembered for `memory`.
public enum ApplyMembershipScript {
    /// The most members of a group whose messages go to inboxes.
    public static let limit = 1000

    /// What became of it.
    public enum Reply: Hashable, Sendable {
        /// The group has this many members now.
        case applied(members: Int)
        /// It, or a newer one, had been applied before.
        case outdated(version: MessageID)
        /// The group would have too many members: nothing was changed.
        case full(members: Int)
        /// There is no such group, or it has been deleted: nothing was changed.
        case unknown
    }

    /// The call. `version`: the change's id in the log.
    public static func command(
        keys: Keys, group: String, version: MessageID, change: MembershipChange, limit: Int = limit,
        memory: Duration = .seconds(7 * 86_400)
    ) -> RedisCommand {
        RedisCommand(
            script: .applyMembership, keys: [keys.members(group), keys.group(group)],
            arguments: [
                version.argument, .text(change.operation.rawValue), .integer(Int64(limit)), memory.argument,
                .text(change.name ?? ""),
            ] + (change.operation == .delete ? [] : change.members.map { .text($0) }))
    }

    /// Reads the reply.
    public static func reply(_ value: RedisValue) throws(RedisError) -> Reply {
        let parts = try value.elements("apply_membership")
        switch (parts[0].string, parts.count) {
        case ("applied", 2): return .applied(members: Int(try parts[1].number("apply_membership")))
        case ("outdated", 2): return .outdated(version: try parts[1].id("apply_membership"))
        case ("full", 2): return .full(members: Int(try parts[1].number("apply_membership")))
        case ("unknown", 1): return .unknown
        default: throw .unexpectedReply("apply_membership")
        }
    }
}
