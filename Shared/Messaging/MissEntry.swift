/// An edge was told of users whom it has no session of: what it says to a router that computes where users are.
///
/// Travels with the signals: it is of use at once or not at all, and what it is about heals without it, too.
/// Stream fields in this order: `missed` (users, with blanks between), `edge`.
public struct MissEntry: Hashable, Sendable {
    /// The most users in one entry.
    public static let limit = 200

    public var users: [String]
    /// The edge that they are not on.
    public var edge: String

    /// An entry of its parts.
    public init(users: [String], edge: String) {
        self.users = users
        self.edge = edge
    }

    /// Reads a stream entry's fields; nil for what is none, such as a signal.
    public init?(fields: StreamFields) {
        guard let users = try? fields.text("missed", at: 0), let edge = try? fields.text("edge", at: 1),
            Identifier.isValid(edge)
        else { return nil }
        self.init(
            users: users.split(separator: " ").prefix(Self.limit).filter { Identifier.isValid($0) }.map(String.init),
            edge: edge)
    }

    /// The fields for XADD.
    public var fields: [[UInt8]] {
        [
            Array("missed".utf8), Array(users.joined(separator: " ").utf8), Array("edge".utf8), Array(edge.utf8),
        ]
    }
}
