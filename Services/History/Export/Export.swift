import Postgres

/// What can be exported: a conversation, or everything of a user.
///
/// It reaches up to the moment at which it began. Pages are read by key, each of a bounded number of rows, and none is held on to: what it takes does not grow with what there is.
struct Export: Sendable {
    /// A page: what is in memory at most.
    static let page = 100
    /// How many entries of an index a look for a user's messages goes through.
    static let looked = 5000

    let reader: HistoryReader
    /// Only what is before this.
    let end: StoredID

    /// The messages of a conversation within intervals, oldest first.
    @concurrent
    func messages(of name: String, _ key: Int64, _ intervals: [Interval], to writer: inout ExportWriter) async throws {
        var after = StoredID.zero
        let intervals = intervals.compactMap { $0.intersection(Interval(after: .zero, before: end)) }
        while true {
            let page = try await reader.messages(of: key, within: intervals, .after(after), limit: Self.page)
            writer.messages(page.items, in: name)
            try await writer.flush()
            guard let next = page.next else { return }
            after = next
        }
    }

    /// A user's memberships with how far they have read, then the messages in each as far as the user may read them, then what the user has said in topics.
    @concurrent func everything(of user: String, to writer: inout ExportWriter) async throws {
        var (key, joined) = (Int64(0), StoredID.zero)
        while true {
            let page = try await reader.database.read(
                MembershipsQuery(user: user, key: key, joined: joined, limit: Self.page))
            for membership in page {
                writer.line { $0.membership(membership) }
                try await messages(of: membership.conversation, membership.key, [membership.interval], to: &writer)
            }
            guard page.count == Self.page, let last = page.last else { break }
            (key, joined) = (last.key, last.interval.after)
        }
        var topic = ""
        while true {
            let page = try await reader.database.read(TopicsQuery(after: topic, limit: Self.page))
            for topic in page { try await own(in: topic, user, to: &writer) }
            guard page.count == Self.page, let last = page.last else { return }
            topic = last.name
        }
    }

    /// What a user has said in a topic. Nobody is a member of one, so all that was said there is looked through, in the index alone.
    @concurrent
    private func own(in topic: TopicsQuery.Row, _ user: String, to writer: inout ExportWriter) async throws {
        var after = StoredID.zero
        while after < end {
            let rows = try await reader.database.read(
                OwnMessagesQuery(conversation: topic.key, user: user, after: after, limit: Self.looked))
            for row in rows where row.isOwn && row.id < end {
                // Few, for a topic: one at a time, so that a page of large ones is none.
                guard let message = try await reader.message(row.id, of: topic.key, within: [.all]) else { continue }
                writer.messages([message], in: topic.name)
                try await writer.flush()
            }
            try await writer.flush()
            guard let last = rows.last else { return }
            after = last.id
        }
    }
}

extension JSONText {
    fileprivate mutating func membership(_ row: MembershipsQuery.Row) {
        raw(#"{"type":"membership","conversation":"#)
        identifier(row.conversation)
        raw(#","from":"#)
        id(row.interval.after)
        raw(#","until":"#)
        id(row.interval.before == .last ? nil : row.interval.before)
        raw(#","read":"#)
        if let read = row.read {
            raw(#"{"id":"#)
            id(read.id)
            raw(#","at":"#)
            number(read.at)
            raw("}")
        } else {
            raw("null")
        }
        raw("}")
    }
}
