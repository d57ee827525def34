public import Messaging

/// What is noted with a user of a group that has a log of its own, or had one: whether, and since which change, the user is to hear it.
public struct FeedNote: Hashable, Sendable {
    public var feed: Feed
    /// The change that it follows from.
    public var change: MessageID
    /// Whether the log is to be heard from the change on; otherwise it was until then.
    public var isIn: Bool
    /// When it is to be heard and was before: the change until which it was, the last time. Who heard nothing of that has missed something.
    public var left: MessageID?

    /// A note of its parts.
    public init(feed: Feed, change: MessageID, isIn: Bool, left: MessageID? = nil) {
        self.feed = feed
        self.change = change
        self.isIn = isIn
        self.left = left
    }

    /// Reads notes: group, note, group, note … What cannot be read is left out.
    static func notes(_ value: RedisValue) -> [FeedNote] {
        let parts = value.array ?? []
        return stride(from: 0, to: parts.count - 1, by: 2).compactMap { place in
            guard let group = parts[place].string, Identifier.isValid(group),
                let words = parts[place + 1].string?.split(separator: " "), words.count >= 2,
                let change = MessageID(String(words[1])), words[0] == "in" || words[0] == "out"
            else { return nil }
            return FeedNote(
                feed: Feed(group: group), change: change, isIn: words[0] == "in",
                left: words.count > 2 ? MessageID(String(words[2])) : nil)
        }
    }
}

/// Notes that a user hears the log of a large group from a change on, or does no more, unless something newer is noted.
///
/// `Scripts/note_feed.lua`; keys: the user's feeds and marks (one slot). Atomic, because comparing and writing must be one step: whoever comes late must not undo what a newer
/// change has brought.
public enum NoteFeedScript {
    /// The call. `change`: the id of the membership change.
    public static func command(keys: Keys, user: String, group: String, change: MessageID, isIn: Bool) -> RedisCommand {
        RedisCommand(
            script: .noteFeed, keys: [keys.feeds(user), keys.marks(user)],
            arguments: [.text(group), change.argument, isIn ? 1 : 0])
    }
}

/// The large groups of a user, as they are noted: HGETALL.
///
/// To be sent before ``StandingQuery``: what went to the inbox before a group was noted is then below what that tells.
public enum FeedNotes {
    /// The call.
    public static func command(keys: Keys, user: String) -> RedisCommand {
        RedisCommand("HGETALL", .text(keys.feeds(user)))
    }

    /// The notes.
    public static func reply(_ value: RedisValue) throws(RedisError) -> [FeedNote] {
        FeedNote.notes(.array(try value.elements("HGETALL feeds", atLeast: 0)))
    }
}
