import Messaging
import RedisStreams

/// Something that is to reach users, or to leave its mark with them.
enum Dispatch: Sendable {
    /// A message, or what became of one: into each user's inbox, and to the edges of the users' sessions. `source` is the entry of the log that has it delivered; `id` the message's own, the same
    /// but for a replay and a change.
    case message(id: MessageID, source: MessageID, DeliverScript.Entry)
    /// A membership change, before it is applied: it only moves the users' marks, so that a reader who comes late cannot deliver to them what was said before.
    case mark(id: MessageID)
    /// A read mark: to the users' live sessions.
    case read(conversation: String, user: String, device: String, id: MessageID)
    /// A signal: to the users' live sessions.
    case signal(from: String, device: String, to: String, at: Int64, data: [UInt8])

    /// A message of a feed: into its log, and to the edges that hear it. `id` and `source` as with a message.
    case feed(Feed, id: MessageID, source: MessageID, DeliverScript.Entry)
    /// A signal to a feed: to the edges that hear it.
    /// In a group, edges that have not heard who left it at `departed` must not give it to anybody.
    case feedSignal(Feed, departed: MessageID?, from: String, device: String, to: String, at: Int64, data: [UInt8])

    /// Somebody has left a large group, which is entered into its log: to the edges that hear it.
    case departure(Feed, FeedEntry)
    /// Users have come into a large group, or theirs has become one: to the edges of their sessions.
    case groups

    /// About how many bytes a command for one user takes on its way to Redis.
    var commandSize: Int {
        switch self {
        case .message(_, _, let entry), .feed(_, _, _, let entry): 512 + entry.data.count + entry.attachments.count
        case .mark: 384
        case .read, .signal, .feedSignal, .departure, .groups: 64
        }
    }

    /// The id that stands in the users' marks once it has been delivered; nil for what leaves none, and is lost where it cannot be delivered.
    var mark: MessageID? {
        switch self {
        case .message(_, let source, _), .feed(_, _, let source, _): source
        case .mark(let id): id
        case .read, .signal, .feedSignal, .departure, .groups: nil
        }
    }
}
