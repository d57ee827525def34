import Messaging
import RedisStreams

/// Why an entry cannot be routed as a whole, for its own sake: it is to be put aside.
struct Unroutable: Error {
    var kind: DeadLetter.Class
    var reason: String
    var tries = 1

    /// What becomes of the entry with this id.
    func item(_ id: MessageID) -> DeadLetters.Item {
        DeadLetters.Item(id: id, kind: kind, reason: reason, tries: tries)
    }
}
