import Messaging

/// One thing that happened, as the record keeps it: 64 bytes, integers little-endian.
///
/// The fields by their offsets: kind 0, flags 1, code 2, device 4, time 8, conversation 16, session 24, n 28, id 32 (milliseconds) and 40 (sequence),
/// cursor 48 (milliseconds) and 44 (sequence), sender 56, hash 60. What a field means depends on the kind; unused ones are 0.
struct RecordEvent: Equatable, Sendable {
    static let size = 64

    enum Kind: UInt8, Sendable, CaseIterable {
        /// `device` means to send `n` to `conversation`, its body of `hash`.
        case sent = 1
        /// `n` of `device` has `id`.
        case accepted
        /// An error for `n` of `device`; `code` is ``RefusalCode``.
        case refused
        /// `n` of `device` has not been answered when the run ends.
        case unanswered
        /// `device` was given `id` with `cursor` in `session`; by its body it is `n` of the device `sender`.
        case delivered
        /// `device` fetched `id` from sync, or from the conversation's history.
        case synced
        /// `device` acknowledged `cursor`.
        case acknowledged
        /// `device` was told that what is after `id` is to be fetched: from sync, or where a `conversation` is given, from that one's history. There the edge
        /// had named `cursor`, which is before `id` if the device knows better.
        case gap
        /// `device` has a `session` that begins after `cursor`; the device had named `id` if the flag says so. `code` is the edge's number.
        case connected
        /// The `session` of `device` has ended with `code`.
        case disconnected
        /// The user `sender` is a member of `conversation` from a log entry on that is after `cursor` and not after `id`: the same for an exact one.
        case joined
        /// The user `sender` is no member from then on.
        case left
        /// The user `device` begins to read all of `conversation` from history.
        case readBack
        /// The user `device` was shown `id` by history.
        case history
        /// All rows in Postgres are about to be read.
        case rowsRead
        /// Postgres has a row of `id`.
        case row
        /// Presence was asked about `device`: flags tell what it said and what is so.
        case presence
    }

    /// What `flags` may hold.
    struct Flags: OptionSet, Sendable {
        let rawValue: UInt8
        /// accepted: the server called it a repeat.
        static let duplicate = Flags(rawValue: 1)
        /// connected: `id` is the cursor that the device named.
        static let named = Flags(rawValue: 2)
        /// delivered, synced, history, row: `from` is not the user whose device the body names.
        static let wrongSender = Flags(rawValue: 4)
        /// accepted: the server named another conversation than it was sent to.
        static let wrongConversation = Flags(rawValue: 64)
        /// presence: it said online.
        static let toldOnline = Flags(rawValue: 8)
        /// presence: it has a session.
        static let isOnline = Flags(rawValue: 16)
        /// presence: it is about a whole user, not a device.
        static let isUser = Flags(rawValue: 32)
    }

    var kind: Kind
    var flags: Flags = []
    var code: UInt16 = 0
    var device: UInt32 = 0
    /// Microseconds since the run began.
    var time: UInt64 = 0
    var conversation = ConversationKey.none
    var session: UInt32 = 0
    var n: UInt32 = 0
    var id = MessageID.zero
    var cursor = MessageID.zero
    var sender: UInt32 = 0
    var hash: UInt32 = 0

    init(_ kind: Kind, device: Int = 0) {
        self.kind = kind
        self.device = UInt32(clamping: device)
    }

    /// Notes when the user whom a message is from is not the one whose device its body names.
    mutating func setSender(_ from: Int?, _ names: AuditNames) {
        if from != names.user(ofDevice: Int(sender)) { flags.insert(.wrongSender) }
    }

    func write(to bytes: inout [UInt8]) {
        bytes.append(kind.rawValue)
        bytes.append(flags.rawValue)
        Self.append(code, to: &bytes)
        Self.append(device, to: &bytes)
        Self.append(time, to: &bytes)
        Self.append(conversation.rawValue, to: &bytes)
        Self.append(session, to: &bytes)
        Self.append(n, to: &bytes)
        Self.append(id.milliseconds, to: &bytes)
        Self.append(UInt32(clamping: id.sequence), to: &bytes)
        Self.append(UInt32(clamping: cursor.sequence), to: &bytes)
        Self.append(cursor.milliseconds, to: &bytes)
        Self.append(sender, to: &bytes)
        Self.append(hash, to: &bytes)
    }

    /// Reads the event at an offset; nil when that is none.
    init?(_ bytes: [UInt8], at offset: Int) {
        guard offset >= 0, offset + Self.size <= bytes.count, let kind = Kind(rawValue: bytes[offset]) else {
            return nil
        }
        // Safe: the bounds were checked, and integers have no invalid bits.
        func load<Number: FixedWidthInteger & BitwiseCopyable>(_ place: Int) -> Number {
            unsafe bytes.withUnsafeBytes { raw in
                Number(littleEndian: unsafe raw.loadUnaligned(fromByteOffset: offset + place, as: Number.self))
            }
        }
        self.kind = kind
        flags = Flags(rawValue: bytes[offset + 1])
        code = load(2)
        device = load(4)
        time = load(8)
        conversation = ConversationKey(rawValue: load(16))
        session = load(24)
        n = load(28)
        id = MessageID(milliseconds: load(32), sequence: UInt64(load(40) as UInt32))
        cursor = MessageID(milliseconds: load(48), sequence: UInt64(load(44) as UInt32))
        sender = load(56)
        hash = load(60)
    }

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        unsafe withUnsafeBytes(of: number.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }
}
