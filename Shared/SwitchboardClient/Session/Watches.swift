import Messaging

/// The users whose presence a client wants to see: asked for in each session, since a session's end is the end of its watching.
struct Watches: Sendable {
    /// What one session may watch.
    static let limit = 1_000

    private(set) var users: Set<String> = []
    /// In the order in which they were asked for.
    private var order: [String] = []

    init() {}

    /// All users, in pieces that one frame may name.
    var pieces: [[String]] { Self.pieces(order) }

    /// - Returns: those that were not watched, in pieces.
    /// - Throws: ``ClientError`` `invalid` when one is no id, `queueFull` when that would be too many.
    mutating func add(_ wanted: [String]) throws(ClientError) -> [[String]] {
        var fresh: [String] = []
        var known = users
        for user in wanted {
            guard Identifier.isValid(user) else {
                throw ClientError(.invalid, "\"\(user.prefix(140))\" is no user's id: \(Identifier.rule)")
            }
            if known.insert(user).inserted { fresh.append(user) }
        }
        guard known.count <= Self.limit else {
            throw ClientError(
                .queueFull,
                "\(known.count) users would be watched; a session may watch \(Self.limit): unwatch some first")
        }
        users = known
        order += fresh
        return Self.pieces(fresh)
    }

    /// - Returns: those that were watched, in pieces.
    mutating func remove(_ unwanted: [String]) -> [[String]] {
        let gone = unwanted.filter { users.remove($0) != nil }
        let set = Set(gone)
        order.removeAll { set.contains($0) }
        return Self.pieces(gone)
    }

    private static func pieces(_ users: [String]) -> [[String]] {
        stride(from: 0, to: users.count, by: ClientFrame.maximumUsers).map {
            Array(users[$0..<min($0 + ClientFrame.maximumUsers, users.count)])
        }
    }
}
