/// What presence says of a user: how others see them, and how they see themselves.
public struct PresenceView: Hashable, Sendable {
    /// What a user wants to be seen as; it holds until they want something else.
    public enum Mode: String, Hashable, Sendable, CaseIterable {
        /// Online whenever a session is there.
        case online
        /// The same, and said to be away.
        case away
        /// Offline to everyone else.
        case invisible
    }

    /// One side of it.
    public struct Face: Hashable, Sendable {
        public var isOnline: Bool
        /// Since when, in ms; 0 for a user never seen.
        public var since: Int64
        /// `online` unless the user wants it otherwise; others never see `invisible`.
        public var mode: Mode
        /// The user's own words; empty for none, and for others while the user is offline.
        public var text: String

        /// A face of its parts.
        public init(isOnline: Bool, since: Int64, mode: Mode = .online, text: String = "") {
            self.isOnline = isOnline
            self.since = since
            self.mode = mode
            self.text = text
        }
    }

    /// Grows with each change of the user; of two views the one with the higher revision holds.
    public var revision: UInt64
    /// What everyone else sees.
    public var shown: Face
    /// What is so.
    public var own: Face

    /// A view of its parts.
    public init(revision: UInt64, shown: Face, own: Face) {
        self.revision = revision
        self.shown = shown
        self.own = own
    }

    /// What this user sees of `user`.
    public func face(of user: String, to viewer: String) -> Face { user == viewer ? own : shown }
}

extension PresenceView {
    /// The most characters (Unicode scalars) of a user's own words.
    public static let textLimit = 128

    /// The rule for a user's own words, for error messages.
    public static let textRule = "at most \(textLimit) characters, none of them a control character"

    /// Whether a text may be a user's own words.
    public static func isValid(text: String) -> Bool {
        var count = 0
        for scalar in text.unicodeScalars {
            count += 1
            guard count <= textLimit, scalar.properties.generalCategory != .control else { return false }
        }
        return true
    }
}

extension PresenceView {
    /// Writes the binary form, see ``EdgeBatch``.
    func write(to writer: inout ByteWriter) {
        writer.write(revision)
        for face in [shown, own] {
            writer.write(byte: face.isOnline ? 1 : 0)
            writer.write(UInt64(max(0, face.since)))
            writer.write(face.mode.rawValue)
            writer.write(face.text)
        }
    }

    init(from reader: inout ByteReader) throws(MessagingError) {
        self.init(
            revision: try reader.number(), shown: try Self.face(from: &reader), own: try Self.face(from: &reader))
    }

    private static func face(from reader: inout ByteReader) throws(MessagingError) -> Face {
        Face(
            isOnline: try reader.byte() == 1, since: Int64(clamping: try reader.number()),
            // What a newer presence may say besides is not known here, and no reason to say nothing.
            mode: Mode(rawValue: try reader.text()) ?? .online, text: try reader.text())
    }
}
