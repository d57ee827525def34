/// A conversation of a run in eight bytes: the two users of a dm, the number of a group or topic, or a hash of anything else.
struct ConversationKey: RawRepresentable, Hashable, Sendable {
    /// What it stands for.
    enum Parts: Equatable, Sendable {
        case none
        case direct(Int, Int)
        case group(Int)
        case topic(Int)
        /// A name that no conversation of the run has.
        case other
    }

    let rawValue: UInt64

    static let none = ConversationKey(rawValue: 0)

    static func direct(_ one: Int, _ other: Int) -> ConversationKey {
        ConversationKey(rawValue: 1 << 62 | UInt64(min(one, other)) << 31 | UInt64(max(one, other)))
    }

    static func group(_ number: Int) -> ConversationKey { ConversationKey(rawValue: 2 << 62 | UInt64(number)) }

    static func topic(_ number: Int) -> ConversationKey {
        ConversationKey(rawValue: 2 << 62 | 1 << 61 | UInt64(number))
    }

    static func other(hash: UInt32) -> ConversationKey { ConversationKey(rawValue: 3 << 62 | UInt64(hash)) }

    var isDirect: Bool { if case .direct = parts { true } else { false } }

    var isGroup: Bool { if case .group = parts { true } else { false } }

    var parts: Parts {
        switch rawValue >> 62 {
        case 1: .direct(Int(rawValue >> 31 & 0x7fff_ffff), Int(rawValue & 0x7fff_ffff))
        case 2: rawValue >> 61 & 1 == 1 ? .topic(Int(rawValue & 0xffff_ffff)) : .group(Int(rawValue & 0xffff_ffff))
        case 3: .other
        default: .none
        }
    }
}
