public import Messaging

/// Adds a session to a user and reads the inbox from its cursor on.
///
/// `Scripts/register.lua`; keys: the user's inbox, sessions, devices, marks and feeds, and what else is kept of the user (one slot). Atomic, because adding the session and reading the inbox
/// must be one step against ``DeliverScript``. The device's cursor is remembered; the inbox is trimmed by age.
public enum RegisterScript {
    /// Where a session starts.
    public struct Start: Hashable, Sendable {
        /// What follows is after this.
        public var cursor: MessageID
        /// Whether the inbox no longer reaches back to the cursor.
        public var gap: Bool
        /// The last id that the inbox ever gave.
        public var last: MessageID
        /// The first entries after the cursor, oldest first.
        public var entries: [InboxPage.Item]
        /// Whether there may be more: read on.
        public var isPageFull: Bool
        /// The large groups that the user is in, or was in lately.
        public var feeds: [FeedNote] = []
    }

    /// What became of it.
    public enum Reply: Hashable, Sendable {
        case registered(Start)
        /// The user has too many sessions: these, with the incarnations they belong to.
        case tooMany([Session])
        /// The token was issued before the user's sessions were ended: the session is registered no more.
        case revoked
    }

    /// A session and the incarnation of the edge it is registered under.
    public struct Session: Hashable, Sendable {
        public var id: String
        public var incarnation: String
    }

    /// The call. Registering a session again replaces its incarnation.
    /// - Parameters:
    ///   - cursor: resume after it; nil: from where this device last acknowledged, or from now for a device not known.
    ///   - claimed: the last cursor that the client itself named or acknowledged, if it did. From there on it is taken to have its own messages that
    ///     follow, which it was never sent and has no cursor for.
    ///   - fromStart: everything that the inbox holds, and never a gap; `cursor` is ignored.
    ///   - issuedAt: when the session's token was issued (ms).
    ///   - isHome: whether the ring says that the user belongs to this edge, as far as the edge knows. Who computes where a user is, is told of
    ///     sessions that are elsewhere.
    ///   - maximumSessions: sessions a user may have.
    ///   - page: entries to read at most.
    ///   - retention: inbox entries older than this are dropped.
    ///   - deviceMemory: a device not seen for this long is forgotten.
    ///   - isHidden: this session does not make the user look online to others.
    ///   - keptFor: everything that is kept of the user, but for the inbox, which has its own retention, goes after this time; nil: it is kept for good.
    public static func command(
        keys: Keys, user: String, session: String, incarnation: String, device: String, cursor: MessageID?,
        claimed: MessageID?, fromStart: Bool, issuedAt: Int64, isHome: Bool = false, maximumSessions: Int = 20,
        page: Int = 100,
        retention: Duration = .seconds(7 * 86_400),
        deviceMemory: Duration = .seconds(7 * 86_400), isHidden: Bool = false, keptFor: Duration? = nil
    ) -> RedisCommand {
        RedisCommand(
            script: .register,
            keys: [
                keys.inbox(user), keys.sessions(user), keys.devices(user), keys.marks(user), keys.feeds(user),
                keys.presence(user), keys.contacts(user), keys.groups(user),
            ],
            arguments: [
                .text(session), .text(incarnation), .text(device), .text(cursor?.description ?? ""), fromStart ? 1 : 0,
                .integer(Int64(maximumSessions)), .integer(Int64(page)), retention.argument, deviceMemory.argument,
                .text(claimed?.description ?? ""), isHidden ? 1 : 0, isHome ? 1 : 0, .integer(issuedAt),
                keptFor?.argument ?? 0,
            ])
    }

    /// Reads the reply. `page` as in the call.
    public static func reply(_ value: RedisValue, page: Int = 100) throws(RedisError) -> Reply {
        let parts = try value.elements("register")
        switch parts[0].string {
        case "registered" where parts.count >= 5:
            let entries = try InboxPage.reply(parts[4])
            return .registered(
                Start(
                    cursor: try parts[1].id("register"), gap: try parts[2].number("register") == 1,
                    last: try parts[3].id("register"), entries: entries, isPageFull: entries.count >= page,
                    feeds: parts.count > 5 ? FeedNote.notes(parts[5]) : []))
        case "many":
            var sessions: [Session] = []
            for place in stride(from: 1, to: parts.count - 1, by: 2) {
                sessions.append(
                    Session(
                        id: try parts[place].text("register"),
                        incarnation: String(try parts[place + 1].text("register").prefix { $0 != " " })))
            }
            return .tooMany(sessions)
        case "revoked": return .revoked
        default: throw .unexpectedReply("register")
        }
    }
}

/// Removes sessions of a user, if they still belong to the incarnation given: a session registered anew elsewhere stays.
///
/// `Scripts/unregister.lua`; keys: the user's sessions and closes (one slot). Atomic, because comparing and removing must be one step.
public enum UnregisterScript {
    /// The call. With `closing`, how the first of the sessions came to its end, on this device and edge, is noted.
    public static func command(
        keys: Keys, user: String, sessions: [String], incarnation: String,
        closing: (closing: Closing, device: String, edge: String)? = nil
    ) -> RedisCommand {
        let note = closing.map { end in
            "\(end.closing.code) \(end.closing.party.rawValue) \(sessions.first ?? "-") \(end.device) \(end.edge)"
        }
        return RedisCommand(
            script: .unregister, keys: [keys.sessions(user), keys.closes(user)],
            arguments: [.text(incarnation), .text(note ?? "")] + sessions.map { .text($0) })
    }

    /// How many were removed.
    public static func reply(_ value: RedisValue) throws(RedisError) -> Int { Int(try value.number("unregister")) }
}
