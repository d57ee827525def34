import Messaging
import Postgres

/// Answers what users ask about the past.
struct HistoryReader: Sendable {
    var database: any ReadSource
    let places: ReadingPlaces
    let deliveries: DeliveryState
    /// What the log had when the request came, where its answer says whether there is more.
    var tail: LogTail?

    /// What a user may read of a conversation.
    func access(_ conversation: Conversation, user: String) async throws(PostgresError) -> ConversationAccess {
        guard !ConversationAccess.isForbidden(conversation, user: user) else { return .forbidden }
        let rows = try await database.read(AccessQuery(conversation: conversation.description, user: user))
        return ConversationAccess(conversation, user: user, rows: rows)
    }

    /// The key of a conversation, for who may read everything; nil when there is none.
    func key(of conversation: Conversation) async throws -> Int64? {
        // Nobody has the empty name, but for the life of a group.
        try await database.read(AccessQuery(conversation: conversation.description, user: "")).first?.key
    }

    /// Which part of a conversation is asked for.
    enum Range: Sendable {
        /// Newest first.
        case before(StoredID)
        /// Oldest first.
        case after(StoredID)
    }

    /// A page of a conversation's messages, within the intervals.
    func messages(
        of key: Int64, within intervals: [Interval], _ range: Range, limit: Int
    ) async throws -> Page<MessageRow> {
        let rows: [MessageRow]
        switch range {
        case .before(let id):
            let parts = intervals.compactMap { $0.intersection(Interval(after: .zero, before: id)) }
            guard !parts.isEmpty else { return Page(items: [], next: nil) }
            rows = try await database.read(MessagesBefore(conversation: key, intervals: parts, limit: limit + 1))
        case .after(let id):
            let parts = intervals.compactMap { $0.intersection(Interval(after: id, before: .last)) }
            guard !parts.isEmpty else {
                // What is not stored yet is in no interval of a group.
                return Page(items: [], next: try tail?.next(nil, after: id, from: database))
            }
            rows = try await database.read(MessagesAfter(conversation: key, intervals: parts, limit: limit + 1))
            var page = Page(rows, limit: limit, id: \.id)
            if page.next == nil { page.next = try tail?.next(page.items.last?.id, after: id, from: database) }
            return page
        }
        return Page(rows, limit: limit, id: \.id)
    }

    /// The messages around an id, oldest first: about half of them up to it, the others after it.
    func messages(
        of key: Int64, within intervals: [Interval], around id: StoredID, limit: Int
    ) async throws -> (previous: StoredID?, page: Page<MessageRow>) {
        let before = try await messages(of: key, within: intervals, .before(id.successor), limit: limit - limit / 2)
        let after = try await messages(of: key, within: intervals, .after(id), limit: max(1, limit / 2))
        let all = before.items.reversed() + after.items
        let items = Array(all.prefix(limit))
        let isMore = after.next != nil || items.count < all.count
        return (before.next, Page(items: items, next: isMore ? items.last?.id : nil))
    }

    /// One message, if it is within the intervals.
    func message(
        _ id: StoredID, of key: Int64, within intervals: [Interval]
    ) async throws(PostgresError) -> MessageRow? {
        guard intervals.contains(where: { $0.contains(id) }) else { return nil }
        return try await database.read(OneMessage(conversation: key, id: id)).first
    }

    /// Who has read and received a conversation, and up to where, by user; and whether there are more.
    func receipts(
        of key: Int64, _ conversation: Conversation, after user: String, limit: Int
    ) async throws -> (receipts: [Receipt], isMore: Bool) {
        let rows = try await database.read(ReceiptsQuery(conversation: key, after: user, limit: limit + 1))
        var receipts = rows.prefix(limit).map { Receipt(user: $0.user, read: $0.id, at: $0.at, received: $0.id) }
        let reached = try await deliveries.received(by: receipts.map(\.user), of: conversation)
        let ids = Set(reached.compactMap(\.self))
        let said = ids.isEmpty ? [] : try await database.read(LastSaidQuery(conversation: key, ids: ids.sorted()))
        let messages = Dictionary(said.map { ($0.upTo, $0.message) }) { first, _ in first }
        for (place, id) in reached.enumerated() {
            // What was read has been received, too, whatever the devices say.
            guard let id, let message = messages[id] else { continue }
            receipts[place].received = max(message, receipts[place].read ?? .zero)
        }
        return (receipts, rows.count > limit)
    }

    /// A page of a user's conversations, newest first.
    func conversations(
        of user: String, before id: StoredID, limit: Int
    ) async throws(PostgresError) -> Page<ConversationsQuery.Row> {
        let rows = try await database.read(ConversationsQuery(user: user, before: id, limit: limit + 1))
        return Page(rows, limit: limit, id: \.place)
    }

    /// The newest canary of each partition.
    func canaries() async throws(PostgresError) -> [CanariesQuery.Row] {
        try await places.primary.read(CanariesQuery())
    }
}

extension Page {
    /// The first `limit` of rows of which one more was asked for, and those that share the last one's id: the next page begins after it.
    ///
    /// Where all of them share it, there may be more or not: the next page tells.
    init(_ rows: [Item], limit: Int, id: (Item) -> StoredID) {
        guard rows.count > limit else {
            self.init(items: rows, next: nil)
            return
        }
        let last = id(rows[limit - 1])
        let items = Array(rows.prefix(limit) + rows[limit...].prefix { id($0) == last })
        self.init(items: items, next: last)
    }
}
