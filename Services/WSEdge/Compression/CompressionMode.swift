/// Whether and how an edge compresses messages.
enum CompressionMode: String, CaseIterable {
    case off
    /// Each message by itself, once for all who get it.
    case on
    /// Each with what its session was sent before.
    case takeover
}
