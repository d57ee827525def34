import Messaging

/// An item of an ``EdgeBatch``, with what is said to clients already encoded: once for all sessions and event loops.
enum EdgeNews: Sendable {
    case message(RoutedMessage, [EdgeBatch.Recipient])
    case look(user: String, cursor: MessageID)
    case signal(RoutedSignal, users: [String])
    case read(RoutedRead, users: [String])
    case feed(Feed, FeedMessage)
    case feedLook(Feed, place: MessageID)
    case feedSignal(RoutedSignal, Feed)
    case presence(user: String, PresenceView)
    /// Sessions of the user whose tokens were issued before this time (ms) end.
    case end(user: String, before: Int64)
    case groups(users: [String])

    /// Nil for what is no news to sessions.
    init?(_ item: EdgeBatch.Item) {
        switch item {
        case .message(let message):
            self = .message(
                RoutedMessage(
                    id: message.id, conversation: message.conversation, from: message.from, device: message.device,
                    data: message.data, attachments: message.attachments, change: message.change), message.recipients)
        case .look(let user, let cursor): self = .look(user: user, cursor: cursor)
        case .signal(let from, let device, let to, _, let data, let users):
            let signal = RoutedSignal(from: from, device: device, to: to, data: data)
            if users.isEmpty {
                guard let feed = Destination(to).flatMap({ Feed($0.conversation(from: from)) }) else { return nil }
                self = .feedSignal(signal, feed)
            } else {
                self = .signal(signal, users: users)
            }
        case .read(let conversation, let user, let device, let id, let users):
            self = .read(RoutedRead(conversation: conversation, user: user, device: device, id: id), users: users)
        case .feed(let feed, let entry): self = .feed(feed, FeedMessage(feed, entry))
        case .feedLook(let feed, let place): self = .feedLook(feed, place: place)
        case .presence(let user, let view): self = .presence(user: user, view)
        case .end(let user, let before): self = .end(user: user, before: before)
        case .groups(let users): self = .groups(users: users)
        case .canary, .explain: return nil
        }
    }
}
