public import Messaging

/// Brings what presence says of a user in line with the user's sessions, which are the truth.
///
/// `Scripts/presence_settle.lua`; keys: the user's sessions, presence and watchers (one slot). Atomic, because looking at the sessions and writing the status must be
/// one step against ``RegisterScript``. Since an event only asks for a look, one that is late or comes twice changes nothing.
///
/// Which incarnations are live stands in another slot, so it is given. A dead incarnation never comes to life again, so what is known to be dead may be old; a
/// session of an incarnation in neither list makes the script ask (``Reply/unknown(_:)``) rather than guess. Fields of the hash besides `status` and
/// `since`: `ended`, when the last live session ended (ms), while the grace time runs; `checks`, how often a connect was looked for.
public enum PresenceSettleScript {
    /// What asks for the look.
    public enum Cause: String, Sendable {
        /// A session has begun, and may not be registered yet: if none is found, look again soon.
        case connect
        /// A session has ended.
        case end
        /// The time set by an earlier look has come.
        case check
    }

    /// What was found.
    public enum Reply: Hashable, Sendable {
        /// What holds now.
        case settled(Settlement)
        /// It depends on sessions of these incarnations, which are in neither list: nothing was done.
        case unknown([String])
    }

    /// What holds of a user after a look.
    public struct Settlement: Hashable, Sendable {
        public var isOnline: Bool
        /// Since when (ms); 0 for a user never seen.
        public var since: Int64
        /// Whether the status is another than before.
        public var isChanged: Bool
        /// When to look again; nil when nothing is open.
        public var again: Duration?
        /// What is to be told, if anything is.
        public var news: News?

        /// A settlement of its parts.
        public init(isOnline: Bool, since: Int64, isChanged: Bool, again: Duration?, news: News? = nil) {
            self.isOnline = isOnline
            self.since = since
            self.isChanged = isChanged
            self.again = again
            self.news = news
        }
    }

    /// What is to be told after a look.
    public struct News: Hashable, Sendable {
        /// Changes of the status that are not known to be in the stream of transitions, oldest first, as the script writes them.
        public var untold: [String]
        public var view: PresenceView
        /// Incarnations of edges on which somebody watches the user; they may be dead.
        public var watchers: [String]

        /// News of their parts.
        public init(untold: [String], view: PresenceView, watchers: [String]) {
            self.untold = untold
            self.view = view
            self.watchers = watchers
        }

        /// The transition that an untold change is; nil if it cannot be read.
        public static func transition(_ change: String, of user: String) -> PresenceTransition? {
            let parts = change.split(separator: ":")
            guard parts.count == 3, let since = Int64(parts[1]) else { return nil }
            return PresenceTransition(
                user: user, isOnline: parts[0] == "online", since: since, isVisible: parts[2] == "1")
        }
    }

    /// The call.
    /// - Parameters:
    ///   - at: when the event happened, in ms; 0 for now.
    ///   - grace: how long after the end of the last session a user still counts as online.
    ///   - live: incarnations that are alive.
    ///   - dead: incarnations known not to be.
    public static func command(
        keys: Keys, user: String, cause: Cause, at: Int64 = 0, grace: Duration, live: some Collection<String>,
        dead: some Collection<String> = []
    ) -> RedisCommand {
        RedisCommand(
            script: .presenceSettle, keys: [keys.sessions(user), keys.presence(user), keys.watchers(user)],
            arguments: [.text(cause.rawValue), .integer(at), grace.argument, .integer(Int64(live.count))]
                + live.map { .text($0) } + dead.map { .text($0) })
    }

    /// Reads the reply.
    public static func reply(_ value: RedisValue) throws(RedisError) -> Reply {
        let parts = try value.elements("presence_settle")
        let status = try parts[0].text("presence_settle")
        if status == "unknown" {
            var incarnations: [String] = []
            for part in parts.dropFirst() {
                let incarnation = try part.text("presence_settle")
                if !incarnations.contains(incarnation) { incarnations.append(incarnation) }
            }
            return .unknown(incarnations)
        }
        guard parts.count >= 4, status == "online" || status == "offline" else {
            throw .unexpectedReply("presence_settle")
        }
        let again = try parts[3].number("presence_settle")
        return .settled(
            Settlement(
                isOnline: status == "online", since: try parts[1].number("presence_settle"),
                isChanged: try parts[2].number("presence_settle") == 1,
                again: again < 0 ? nil : .milliseconds(again), news: try parts.count == 4 ? nil : news(parts)))
    }

    private static func news(_ parts: [RedisValue]) throws(RedisError) -> News {
        News(
            untold: try parts[4].text("presence_settle").split(separator: " ").map(String.init),
            view: try PresenceView(parts, at: 5, "presence_settle"),
            watchers: parts[(5 + PresenceView.replyLength)...].compactMap(\.string))
    }
}
