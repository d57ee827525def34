/// What an audit can find.
package enum AuditViolation: String, Codable, Sendable, CaseIterable, CodingKeyRepresentable, Comparable {
    /// Accepted, and a device of a recipient never got it.
    case lost
    /// A device was given it twice, the second time before the place from which it had resumed.
    case repeated
    /// An id before one that came earlier in the conversation, or a cursor before one that came earlier in the session.
    case outOfOrder = "out of order"
    /// Given to somebody who is no recipient: no member at that id, not of that dm, or the sending device itself.
    case foreign
    /// Not what was sent: another body or sender, or never sent to this conversation at all.
    case altered
    /// One `n` of a device got two ids.
    case acceptedTwice = "accepted twice"
    case missingInPostgres = "missing in Postgres"
    case doubledInPostgres = "doubled in Postgres"
    /// A row that nobody's message made.
    case foreignInPostgres = "foreign in Postgres"
    case missingInHistory = "missing in history"
    case doubledInHistory = "doubled in history"
    /// Shown by history to somebody who may not read it, or not what was sent.
    case foreignInHistory = "foreign in history"
    /// Presence told of a user or device that was gone.
    case onlineThoughGone = "online though gone"
    /// Presence did not tell of a user or device that was connected.
    case offlineThoughHere = "offline though here"
    /// A client was not connected again in time after a fault.
    case lateReconnect = "late reconnect"
    /// Presence was not right in time after a fault.
    case latePresence = "late presence"
    /// Refused, though there was no reason to.
    case refused
    /// Never answered.
    case unanswered

    package static func < (one: AuditViolation, other: AuditViolation) -> Bool { place(one) < place(other) }

    private static func place(_ violation: AuditViolation) -> Int { allCases.firstIndex(of: violation) ?? 0 }
}
