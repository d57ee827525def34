import Messaging
import Postgres
import RedisStreams

/// Log entries as the statements that store them: one transaction, harmless to repeat.
///
/// Conversations and members come before the messages that need them. Membership changes go one by one, in the order of the log, since
/// each depends on what the one before left; the rest goes in arrays, whatever the number of entries.
struct HistoryBatch {
    private var additions = AddConversations()
    private var directMembers = AddDirectMembers()
    private var messages = AddMessages()
    private var replays = EraseReplays()
    private var attachments = AddAttachments()
    private var memberships: [any PostgresStatement] = []
    private var marks = AdvanceMarks()
    private var canaries = AdvanceCanaries()
    private var late = NoteLateWords()
    private var positions = LogPositions()

    /// The conversations that will be in the database when this has been stored.
    private(set) var conversations: Set<String> = []

    /// The statements for records in the order of each partition's log. `known`: conversations that are in the database already.
    init(_ records: [IngestRecord], known: Set<String> = []) {
        var read: [Reader: Mark] = [:]
        var newest: [Int: StoredID] = [:]
        messages.reserve(records.count)
        for record in records {
            let name = record.conversation.description
            positions.raise(record.partition, to: StoredID(clamping: record.source))
            switch record.content {
            case .message(let data):
                if messages.add(name, id: record.id, from: record.from, data: data) {
                    add(record.conversation, name, known)
                }
                if record.isReplay {
                    replays.conversations.append(name)
                    replays.ms.append(record.id.ms)
                    replays.seq.append(record.id.seq)
                    late.conversations.append(name)
                    late.ms.append(record.id.ms)
                    late.seq.append(record.id.seq)
                }
                if !record.attachments.isEmpty { attachments.add(name, record) }
            case .membership(let change):
                let statements = Self.statements(for: change, in: name, at: record.id)
                // A group comes into being with `replace`; any other change of one that is not there is nothing.
                if change.operation == .replace, !statements.isEmpty { add(record.conversation, name, known) }
                memberships += statements
            case .read(let id):
                let reader = Reader(conversation: name, user: record.from)
                if id > read[reader]?.id ?? .zero { read[reader] = Mark(id: id, at: record.id.ms) }
            case .canary: newest[record.partition] = max(newest[record.partition] ?? .zero, record.id)
            }
        }
        messages.sort()
        // In one order everywhere, so that two writers do not wait for each other crosswise.
        for (reader, mark) in read.sorted(by: { $0.key < $1.key }) {
            marks.conversations.append(reader.conversation)
            marks.users.append(reader.user)
            marks.ms.append(mark.id.ms)
            marks.seq.append(mark.id.seq)
            marks.at.append(mark.at)
        }
        for (partition, id) in newest.sorted(by: { $0.key < $1.key }) {
            canaries.partitions.append(Int32(clamping: partition))
            canaries.ms.append(id.ms)
            canaries.seq.append(id.seq)
        }
    }

    /// The months that messages fall into. Most often all fall into one, which is told by its bounds.
    var months: Set<Month> {
        var months: Set<Month> = []
        var bounds: Range<Int64> = 0..<0
        for ms in messages.ms where !bounds.contains(ms) {
            let month = Month(milliseconds: ms)
            months.insert(month)
            bounds = month.start..<month.advanced(by: 1).start
        }
        return months
    }

    /// How many messages there are.
    var messageCount: Int { messages.ms.count }

    /// What to run, in this order.
    var statements: [any PostgresStatement] { statements(messages) }

    /// The same for a batch of whose messages none is there yet; when one is, the whole is refused, which ``PostgresError/isRepeat`` tells.
    var statementsForNew: [any PostgresStatement] { statements(AddNewMessages(messages: messages)) }

    private func statements(_ storing: some PostgresStatement) -> [any PostgresStatement] {
        var statements: [any PostgresStatement] = []
        if !additions.names.isEmpty { statements.append(additions) }
        if !directMembers.members.isEmpty { statements.append(directMembers) }
        if !messages.ms.isEmpty { statements.append(storing) }
        if !attachments.ms.isEmpty { statements.append(attachments) }
        if !replays.ms.isEmpty { statements.append(replays) }
        if !late.ms.isEmpty { statements.append(late) }
        statements += memberships
        if !marks.users.isEmpty { statements.append(marks) }
        if !canaries.partitions.isEmpty { statements.append(canaries) }
        if !positions.isEmpty { statements.append(AdvancePositions(positions: positions)) }
        return statements
    }

    private mutating func add(_ conversation: Conversation, _ name: String, _ known: Set<String>) {
        guard !known.contains(name), conversations.insert(name).inserted else { return }
        additions.names.append(name)
        for user in conversation.directUsers ?? [] {
            directMembers.conversations.append(name)
            directMembers.members.append(user)
        }
    }

    /// What message-router does to the member set (``ApplyMembershipScript``), done to memberships.
    private static func statements(
        for change: MembershipChange, in conversation: String, at id: StoredID
    ) -> [any PostgresStatement] {
        let limit = ApplyMembershipScript.limit
        switch change.operation {
        case .add:
            return [AddMembers(conversation: conversation, at: id, users: change.members, limit: limit)]
        case .remove: return [LeaveMembers(conversation: conversation, at: id, users: change.members)]
        case .replace:
            guard change.members.count <= limit else { return [] }
            // The group's own life is the membership of the empty name, which no user has.
            let users = change.members + [""]
            return [
                LeaveOtherMembers(conversation: conversation, at: id, users: users),
                JoinMembers(conversation: conversation, at: id, users: users),
            ]
        case .delete: return [LeaveOtherMembers(conversation: conversation, at: id, users: [])]
        }
    }

    private struct Reader: Hashable, Comparable {
        var conversation: String
        var user: String

        static func < (left: Reader, right: Reader) -> Bool {
            (left.conversation, left.user) < (right.conversation, right.user)
        }
    }

    private struct Mark {
        var id: StoredID
        var at: Int64
    }
}
