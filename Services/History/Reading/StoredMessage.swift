/// A message with the conversation it is in.
struct StoredMessage: Sendable {
    var conversation: String
    var row: MessageRow
}

/// A part of a list, and the id from which the next part goes on; nil at the end.
struct Page<Item: Sendable>: Sendable {
    var items: [Item]
    var next: StoredID?
}
