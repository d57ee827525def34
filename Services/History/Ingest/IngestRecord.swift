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
    let id: StoredID
    let conversation: Conversation
    let from: String
    let content: Content

    /// Reads an entry.
    /// - Throws: ``IngestRejection`` when it can never be stored.
    init(partition: Int, entry: StreamEntry) throws(IngestRejection) {
        guard let id = StoredID(entry.id) else {
            throw IngestRejection(reason: "the id does not fit into the database")
        }
        let log: LogEntry
        do throws(MessagingError) {
            log = try LogEntry(fields: entry.fields)
        } catch {
            throw IngestRejection(reason: error.description)
        }
        self.init(partition: partition, id: id, log: log, content: try Self.content(of: log, id: id))
    }

    private init(partition: Int, id: StoredID, log: LogEntry, content: Content) {
        self.partition = partition
        self.id = id
        conversation = log.conversation
        from = log.from
        self.content = content
    }

    private static func content(of log: LogEntry, id: StoredID) throws(IngestRejection) -> Content {
        switch log.kind {
        case .message: return .message(log.data)
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
        }
    }
}

/// Why an entry can never be stored. Carries nothing of what the entry says.
struct IngestRejection: Error, Hashable, Sendable {
    let reason: String
}
