public import Messaging

/// Reads the log of a feed from a place on, and enters an event loop of an edge among those who are told of what comes after.
///
/// `Scripts/read_feed.lua`; keys: the feed's log, head and edges (one slot). Atomic, because entering and reading must be one step against ``DeliverFeedScript``.
public enum ReadFeedScript {
    /// Who wants to be told: `<incarnation>/<event loop>`, until when.
    public struct Interest: Hashable, Sendable {
        public var incarnation: String
        public var loop: Int
        public var lease: Duration

        /// An interest of its parts.
        public init(incarnation: String, loop: Int, lease: Duration) {
            self.incarnation = incarnation
            self.loop = loop
            self.lease = lease
        }

        /// Its field in the hash of the feed's edges.
        public var field: String { "\(incarnation)/\(loop)" }
    }

    /// What the feed holds.
    public struct Page: Hashable, Sendable {
        /// The place of the last message ever appended.
        public var last: MessageID
        /// Whether the place asked for is older than all that is remembered of the feed: nobody can tell what came after it.
        public var isForgotten: Bool
        /// The first entries after the place, oldest first. Something was missed when the first one's `previous` is after the place.
        public var entries: [FeedEntry]
        /// Whether the user for whom it was read may hear the group; true where that was not asked. If not, there are no entries.
        public var isAllowed: Bool

        /// A page of its parts.
        public init(last: MessageID, isForgotten: Bool = false, entries: [FeedEntry], isAllowed: Bool = true) {
            self.last = last
            self.isForgotten = isForgotten
            self.entries = entries
            self.isAllowed = isAllowed
        }
    }

    /// The call: at most `count` entries. `user`: for whom it is read, who has to be a member if the feed is a group's; nil for who knows that already.
    public static func command(
        keys: Keys, feed: Feed, start: ClientFrame.TopicStart, interest: Interest?, count: Int, user: String? = nil
    ) -> RedisCommand {
        let (mode, after): (RedisArgument, MessageID) =
            switch start {
            case .now: ("now", .zero)
            case .beginning: ("beginning", .zero)
            case .after(let place): ("after", place)
            }
        var names = [keys.feedLog(feed), keys.feedHead(feed), keys.feedEdges(feed)]
        if let group = feed.group { names += [keys.members(group), keys.group(group)] }
        return RedisCommand(
            script: .readFeed, keys: names,
            arguments: [
                .text(interest?.field ?? ""), interest?.lease.argument ?? 0, mode, after.argument,
                .integer(Int64(count)), DeliverFeedScript.memory.argument, .text(user ?? ""),
            ])
    }

    /// Reads the reply.
    public static func reply(_ value: RedisValue) throws(RedisError) -> Page {
        let parts = try value.elements("read_feed", atLeast: 3)
        var entries: [FeedEntry] = []
        for entry in try StreamEntry.entries(parts[2]) {
            guard let read = try? FeedEntry(place: entry.id, fields: entry.fields) else {
                throw .unexpectedReply("read_feed")
            }
            entries.append(read)
        }
        return Page(
            last: try parts[0].id("read_feed"), isForgotten: try parts[1].number("read_feed") == 1, entries: entries,
            isAllowed: parts.count < 4 || parts[3].int != 0)
    }
}

/// Prolongs an interest in a feed, and tells where the feed stands, for the check that nothing was missed.
///
/// `Scripts/renew_feed.lua`; keys: the feed's head and edges (one slot). One step, so that what is not seen by the look is told afterwards.
public enum RenewFeedScript {
    /// The call; without an interest it only looks.
    public static func command(keys: Keys, feed: Feed, interest: ReadFeedScript.Interest?) -> RedisCommand {
        RedisCommand(
            script: .renewFeed, keys: [keys.feedHead(feed), keys.feedEdges(feed)],
            arguments: [.text(interest?.field ?? ""), interest?.lease.argument ?? 0])
    }

    /// The feed's last place; `0-0` when nothing was ever said in it.
    public static func reply(_ value: RedisValue) throws(RedisError) -> MessageID { try value.id("renew_feed") }
}

/// Takes an interest in a feed back: HDEL.
public enum WithdrawFeed {
    /// The call.
    public static func command(keys: Keys, feed: Feed, interest: ReadFeedScript.Interest) -> RedisCommand {
        RedisCommand("HDEL", .text(keys.feedEdges(feed)), .text(interest.field))
    }
}

/// Which edges want to be told of a feed: for what is in no log. `Scripts/feed_edges.lua`; key: the feed's edges. A script because "now" is Redis' clock.
public enum FeedEdgesScript {
    /// The call.
    public static func command(keys: Keys, feed: Feed) -> RedisCommand {
        RedisCommand(script: .feedEdges, keys: [keys.feedEdges(feed)], arguments: [])
    }

    /// The incarnations, each once; they may be of edges that are dead.
    public static func reply(_ value: RedisValue) throws(RedisError) -> [String] {
        try value.elements("feed_edges", atLeast: 0).compactMap(\.string)
    }
}
