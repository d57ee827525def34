public import Messaging

/// The answer to a message that is in the log: from here on it is not lost.
public struct Accepted: Hashable, Sendable {
    /// The device's own number of it.
    public var n: UInt64
    /// The message's id; for an edit or a deletion what the change is known by.
    public var id: MessageID
    public var conversation: String
    /// Milliseconds since the Unix epoch.
    public var at: Int64
    /// Whether it had been accepted before, under the same `n`: then `id` and `at` are those of the first time.
    public var isDuplicate: Bool

    /// An answer of its parts.
    public init(n: UInt64, id: MessageID, conversation: String, at: Int64, isDuplicate: Bool) {
        self.n = n
        self.id = id
        self.conversation = conversation
        self.at = at
        self.isDuplicate = isDuplicate
    }
}
