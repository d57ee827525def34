internal import Messaging

/// Takes or renews the lease of a partition, and says where to read on.
///
/// `Scripts/take_lease.lua`; keys: the partition's lease, position, stream and dead letters (one slot). Atomic, because looking at the owner and becoming the owner must be
/// one step. The term grows each time the lease changes hands or is taken up again after it lapsed: a commit with an older term is refused.
enum TakeLeaseScript {
    enum Reply {
        /// Ours: the term, the committed position, Redis' time in ms, how many entries are behind the position, how many the stream has in all, and how many dead
        /// letters there are.
        case taken(term: Int64, position: MessageID, now: Int64, lag: Int64, length: Int64, deadLetters: Int64)
        /// Another instance's.
        case held(by: String)
    }

    static func command(_ configuration: ConsumerConfiguration, partition: Int) -> RedisCommand {
        let keys = configuration.keys
        return RedisCommand(
            script: .takeLease,
            keys: [
                keys.lease(partition, group: configuration.group), keys.position(partition, group: configuration.group),
                configuration.streamKey(partition), keys.deadLetters(partition, group: configuration.group),
            ],
            arguments: [.text(configuration.instance), configuration.lease.argument, .text(configuration.group)])
    }

    static func reply(_ value: RedisValue) throws(RedisError) -> Reply {
        let parts = try value.elements("take_lease", atLeast: 2)
        switch (parts[0].string, parts.count) {
        case ("taken", 7):
            return .taken(
                term: try parts[1].number("take_lease"), position: try parts[2].id("take_lease"),
                now: try parts[3].number("take_lease"), lag: try parts[4].number("take_lease"),
                length: try parts[5].number("take_lease"), deadLetters: try parts[6].number("take_lease"))
        case ("held", 2): return .held(by: try parts[1].text("take_lease"))
        default: throw .unexpectedReply("take_lease")
        }
    }
}

/// Gives a lease back. `Scripts/release_lease.lua`; key: the lease. Atomic, because only one's own may be given back.
enum ReleaseLeaseScript {
    static func command(_ configuration: ConsumerConfiguration, partition: Int, term: Int64) -> RedisCommand {
        RedisCommand(
            script: .releaseLease, keys: [configuration.keys.lease(partition, group: configuration.group)],
            arguments: [.text(configuration.instance), .integer(term)])
    }
}

/// Says that an instance is alive and lists those that are. `Scripts/live_instances.lua`; key: the group's instances. Atomic, so that all
/// instances prune and read the same list.
enum LiveInstancesScript {
    /// The call; `leaves`: this instance is no more.
    static func command(_ configuration: ConsumerConfiguration, leaves: Bool = false) -> RedisCommand {
        RedisCommand(
            script: .liveInstances, keys: [configuration.keys.instances(group: configuration.group)],
            arguments: [.text(configuration.instance), leaves ? 0 : configuration.lease.argument])
    }

    static func reply(_ value: RedisValue) throws(RedisError) -> [String] {
        try value.elements("live_instances", atLeast: 0).compactMap(\.string)
    }
}

/// Moves a group's position forward after the effect, and trims the stream below all positions that bound it.
///
/// `Scripts/commit_position.lua`; keys: the partition's stream, lease, position, and the bounding positions (one slot). Atomic, because the fence, the
/// comparison and the move must be one step, and because what is trimmed must be below positions read at the same instant.
enum CommitPositionScript {
    enum Reply: String {
        case committed
        /// The position is there already, or further.
        case behind
        /// The lease is another's, or of another term.
        case fenced
    }

    static func command(
        _ configuration: ConsumerConfiguration, partition: Int, term: Int64, from: MessageID, to: MessageID, count: Int
    ) -> RedisCommand {
        let keys = configuration.keys
        return RedisCommand(
            script: .commitPosition,
            keys: [
                configuration.streamKey(partition), keys.lease(partition, group: configuration.group),
                keys.position(partition, group: configuration.group),
            ] + configuration.trimsWith.map { keys.position(partition, group: $0) },
            arguments: [
                .text(configuration.group), .text(configuration.instance), .integer(term), from.argument, to.argument,
                .integer(Int64(count)),
            ])
    }

    static func reply(_ value: RedisValue) throws(RedisError) -> Reply {
        guard let text = value.string, let reply = Reply(rawValue: text) else {
            throw .unexpectedReply("commit_position")
        }
        return reply
    }
}
