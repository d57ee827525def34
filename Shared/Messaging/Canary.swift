/// A probe that takes the way of messages: through the log of a partition, and back to who sent it. It is for nobody, and stored nowhere.
///
/// In the log it is a ``LogEntry`` of the kind `canary`, whose `from` is the sender's name, `n` its number and `data` the sender's kind and life, such as `edge k3x9q2`.
public struct Canary: Hashable, Sendable {
    /// Who is waiting for it.
    public enum Origin: String, Sendable {
        /// An edge: message-router answers it over the edge's stream.
        case edge
        /// A message-router: history keeps the id of the newest canary of each partition, and is asked for it.
        case router
    }

    public var origin: Origin
    /// The edge's id; for a router any identifier.
    public var name: String
    /// A random word for the sender's life, so that a process is not told of those of the one before it.
    public var life: String
    /// Counts the canaries of one life.
    public var number: UInt64

    /// A canary of its parts.
    public init(origin: Origin, name: String, life: String, number: UInt64) {
        self.origin = origin
        self.name = name
        self.life = life
        self.number = number
    }

    /// Reads an entry of the log; nil when it is none, or one of a kind not known here.
    public init?(_ entry: LogEntry) {
        guard entry.kind == .canary, let text = String(validating: entry.data, as: UTF8.self) else { return nil }
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, !words[1].isEmpty, let origin = Origin(rawValue: String(words[0])) else { return nil }
        self.init(origin: origin, name: entry.from, life: String(words[1]), number: entry.n)
    }

    /// The entry for the log. It belongs to no conversation: the one named there is nobody's, and says what it is to whoever reads the log.
    public var entry: LogEntry {
        LogEntry(
            kind: .canary, conversation: .topic("canary"), from: name, device: "", n: number,
            data: Array("\(origin.rawValue) \(life)".utf8))
    }
}
