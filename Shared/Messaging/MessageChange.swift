/// What became of the wish to change a message, as an entry of an inbox or of a feed tells it.
///
/// Such an entry stands in the chain like a message. Its own id is that of the change: the entry of the log by which it was asked for.
public enum MessageChange: Hashable, Sendable {
    /// This message says something else now.
    case edited(MessageID)
    /// This message is no more: a tombstone stays.
    case deleted(MessageID)
    /// This message is as it was. For the device that asked alone; `n` is that of its frame.
    case refused(MessageID, n: UInt64, ErrorCode)
    /// Something that this version does not know: nobody is told of it, and the chain goes on.
    case unknown

    /// The form in which it stands in a field: `edited <id>`, `deleted <id>`, `refused <id> <n> <code>`.
    public init(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count >= 2, let id = MessageID(words[1]) else { self = .unknown; return }
        switch (words[0], words.count) {
        case ("edited", 2): self = .edited(id)
        case ("deleted", 2): self = .deleted(id)
        case ("refused", 4):
            guard let n = UInt64(words[2]), let code = ErrorCode(rawValue: String(words[3])) else { fallthrough }
            self = .refused(id, n: n, code)
        default: self = .unknown
        }
    }

    /// Whether a device of a user is to be told of it, which is true of all but refusals. `device`: the one that asked.
    public func isFor(device: String, askedBy asking: String) -> Bool {
        switch self {
        case .edited, .deleted: true
        case .refused: device == asking
        case .unknown: false
        }
    }
}

extension MessageChange: CustomStringConvertible {
    public var description: String {
        switch self {
        case .edited(let id): "edited \(id)"
        case .deleted(let id): "deleted \(id)"
        case .refused(let id, let n, let code): "refused \(id) \(n) \(code.rawValue)"
        case .unknown: "unknown"
        }
    }
}
