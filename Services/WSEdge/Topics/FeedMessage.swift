import Messaging
import NIOCore

/// A message of a feed on its way to those who hear it, encoded once for all of them; or who of them is to hear no more.
struct FeedMessage: Sendable {
    let place: MessageID
    /// The place of the message before it.
    let previous: MessageID
    let message: RoutedMessage
    /// Who leaves the group here; nil for a message.
    let departure: FeedEntry.Departure?

    init(_ feed: Feed, _ entry: FeedEntry) {
        place = entry.place
        previous = entry.previous
        departure = entry.departure
        message = RoutedMessage(
            id: entry.id, conversation: feed.description, from: entry.from, device: entry.device, data: entry.data,
            attachments: entry.attachments, change: entry.change)
    }

    /// About how much memory it takes.
    var size: Int { message.tail.readableBytes + 128 }
}
