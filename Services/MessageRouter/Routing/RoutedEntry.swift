import Messaging
import RedisStreams

/// An entry of the log as it is to be routed: as it stands there, or as a replay has it done again.
struct RoutedEntry: Sendable {
    /// The group of services in whose name entries are replayed.
    static let group = "router"

    /// The entry's place in the log: it is what users' marks are set to.
    let source: MessageID
    /// The id that it has for clients and for the version of a group; that of the earlier entry when this is a replay.
    let id: MessageID
    /// The only users that it is for; nil for all whom it concerns.
    let only: Set<String>?
    let log: LogEntry

    /// Whether it was put aside before.
    var isReplay: Bool { source != id }

    /// Reads an entry; nil for a replay that is another group's.
    /// - Throws: `MessagingError` naming the field.
    init?(_ entry: StreamEntry) throws(MessagingError) {
        source = entry.id
        guard let replay = try ReplayEntry(fields: entry.fields) else {
            id = entry.id
            only = nil
            log = try LogEntry(fields: entry.fields)
            return
        }
        guard replay.group == Self.group else { return nil }
        id = replay.id
        only = replay.users.isEmpty ? nil : Set(replay.users)
        log = try LogEntry(fields: replay.fields)
    }
}
