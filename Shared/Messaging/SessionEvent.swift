/// A session has begun or ended: what an edge tells presence.
///
/// Stream fields in this order: `type` (`connect`, `disconnect`), `user`, `device`, `session`, `incarnation`, `sequence`.
public struct SessionEvent: Hashable, Sendable {
    /// What happened.
    public enum Kind: String, Sendable {
        /// Written before the session is registered.
        case connect
        /// Written after the session was unregistered.
        case disconnect
    }

    public var kind: Kind
    public var user: String
    public var device: String
    /// The session's id, unique over all edges and boots.
    public var session: String
    /// The edge's incarnation, see ``Incarnation``.
    public var incarnation: String
    /// Grows with each event of an incarnation, so that a late event is told from a newer one.
    public var sequence: UInt64

    /// An event of its parts.
    public init(kind: Kind, user: String, device: String, session: String, incarnation: String, sequence: UInt64) {
        self.kind = kind
        self.user = user
        self.device = device
        self.session = session
        self.incarnation = incarnation
        self.sequence = sequence
    }

    /// Reads a stream entry's fields.
    /// - Throws: ``MessagingError`` `badEntry`, naming the field.
    public init(fields: StreamFields) throws(MessagingError) {
        guard let kind = Kind(rawValue: try fields.text("type", at: 0)) else {
            throw MessagingError(.badEntry, "the session event's field 'type' is none of connect, disconnect")
        }
        guard let sequence = UInt64(try fields.text("sequence", at: 5)) else {
            throw MessagingError(.badEntry, "the session event's field 'sequence' is no number")
        }
        self.init(
            kind: kind, user: try fields.text("user", at: 1), device: try fields.text("device", at: 2),
            session: try fields.text("session", at: 3), incarnation: try fields.text("incarnation", at: 4),
            sequence: sequence)
    }

    /// The fields for XADD.
    public var fields: [[UInt8]] {
        [
            Array("type".utf8), Array(kind.rawValue.utf8), Array("user".utf8), Array(user.utf8),
            Array("device".utf8), Array(device.utf8), Array("session".utf8), Array(session.utf8),
            Array("incarnation".utf8), Array(incarnation.utf8), Array("sequence".utf8), Array(String(sequence).utf8),
        ]
    }
}
