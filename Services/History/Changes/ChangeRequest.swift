import Messaging
import RedisStreams

/// An entry of the log that asks for a message to be changed.
struct ChangeRequest: Sendable {
    /// Its place in the log, by which a second answer to it is told.
    let place: MessageID
    /// Its id, by which the change is known: that of the earlier entry when this one is a replay.
    let id: StoredID
    let conversation: Conversation
    let from: String
    let device: String
    let n: UInt64
    /// What is to be changed.
    let message: StoredID
    let isDeletion: Bool
    let isAdmin: Bool
    /// What the message is to say, as the client wrote it; empty with a deletion.
    let data: [UInt8]

    /// Reads an entry; nil for one that asks for nothing of the kind.
    /// - Throws: ``IngestRejection`` when it can never be answered.
    init?(_ entry: StreamEntry) throws(IngestRejection) {
        // Most entries are messages: their type is all that is looked at.
        guard let type = entry.fields.value("type", at: 0), Self.types.contains(type) else { return nil }
        var original = entry.id
        let log: LogEntry
        do throws(MessagingError) {
            if let replay = try ReplayEntry(fields: entry.fields) {
                guard replay.group == HistoryConfiguration.group, let type = replay.fields.value("type", at: 0),
                    Self.types.contains(type)
                else { return nil }
                original = replay.id
                log = try LogEntry(fields: replay.fields)
            } else {
                log = try LogEntry(fields: entry.fields)
            }
        } catch {
            throw IngestRejection(reason: error.description)
        }
        guard let change = log.change, log.kind == .edit || log.kind == .delete else { return nil }
        guard let id = StoredID(original) else {
            throw IngestRejection(reason: "the id does not fit into the database")
        }
        isDeletion = log.kind == .delete
        if !isDeletion { try IngestRecord.check(log.data, "data") }
        place = entry.id
        self.id = id
        conversation = log.conversation
        from = log.from
        device = log.device
        n = log.n
        // Of an id that does not fit there is no message.
        message = StoredID(clamping: change.message)
        isAdmin = change.isAdmin
        data = isDeletion ? [] : log.data
    }

    private static let types: Set<[UInt8]> = Set(
        [LogEntry.Kind.edit.rawValue, LogEntry.Kind.delete.rawValue, ReplayEntry.type].map { Array($0.utf8) })

    /// What stands in the log when it has been decided.
    func answer(_ verdict: ChangeVerdict) -> LogEntry {
        let kind: LogEntry.Kind =
            switch (verdict, isDeletion) {
            case (.done, false): .edited
            case (.done, true): .deleted
            default: .refused
            }
        return LogEntry(
            kind: kind, conversation: conversation, from: from, device: device, n: n,
            data: kind == .refused ? Array(verdict.reason(isDeletion: isDeletion).utf8) : data,
            change: LogEntry.Change(message: message.id, id: id.id, code: verdict.code))
    }
}
