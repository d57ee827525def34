import FoundationEssentials
import Messaging
import RedisStreams

/// An entry of the log as history stores it.
struct IngestRecord: Sendable {
    enum Content: Sendable {
        /// The client's bytes.
        case message([UInt8])
        case membership(MembershipChange)
        /// Read up to here.
        case read(StoredID)
        /// Nothing but that it came by.
        case canary
    }

    let partition: Int
    /// The entry's place in the log.
    let source: MessageID
    /// The id that it is stored under: that of the earlier entry when this one is a replay.
    let id: StoredID
    let conversation: Conversation
    let from: String
    let content: Content
    /// What a message comes with, as JSON; mostly empty.
    let attachments: [UInt8]

    /// Whether it was put aside before.
    var isReplay: Bool { StoredID(source) != id }

    /// Reads an entry; nil for one that is another group's, and for what is not stored.
    /// - Throws: ``IngestRejection`` when it can never be stored.
    init?(partition: Int, entry: StreamEntry) throws(IngestRejection) {
        let original: MessageID
        let log: LogEntry
        do throws(MessagingError) {
            if let replay = try ReplayEntry(fields: entry.fields) {
                guard replay.group == HistoryConfiguration.group else { return nil }
                original = replay.id
                log = try LogEntry(fields: replay.fields)
            } else {
                original = entry.id
                log = try LogEntry(fields: entry.fields)
            }
        } catch {
            throw IngestRejection(reason: error.description)
        }
        guard let id = StoredID(original) else {
            throw IngestRejection(reason: "the id does not fit into the database")
        }
        guard let content = try Self.content(of: log, id: id) else { return nil }
        self.init(partition: partition, source: entry.id, id: id, log: log, content: content)
    }

    private init(partition: Int, source: MessageID, id: StoredID, log: LogEntry, content: Content) {
        self.partition = partition
        self.source = source
        self.id = id
        conversation = log.conversation
        from = log.from
        attachments = log.attachments
        self.content = content
    }

    private static func content(of log: LogEntry, id: StoredID) throws(IngestRejection) -> Content? {
        switch log.kind {
        case .message:
            try check(log.data, "data")
            if !log.attachments.isEmpty { try check(log.attachments, "attachments") }
            return .message(log.data)
        case .member:
            guard log.conversation.groupID != nil else {
                throw IngestRejection(reason: "a membership change of a conversation that is no group")
            }
            guard let change = try? JSONDecoder().decode(MembershipChange.self, from: Data(log.data)) else {
                throw IngestRejection(reason: "the field 'data' is no membership change")
            }
            return .membership(change)
        case .read:
            guard let mark = MessageID(utf8: log.data) else {
                throw IngestRejection(reason: "the field 'data' is no message id")
            }
            // Nobody has read what is not written yet.
            return .read(min(StoredID(clamping: mark), id))
        case .canary: return .canary
        // What asks for a change is a ``ChangeRequest``; what became of that, history itself has said.
        case .edit, .delete, .edited, .deleted, .refused: return nil
        // What history has to do about it, its job does.
        case .erase: return nil
        }
    }
}

/// Why an entry can never be stored. Carries nothing of what the entry says.
struct IngestRejection: Error, Hashable, Sendable {
    let reason: String
}
