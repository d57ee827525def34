public import Messaging

/// Finds out with which of some users a user has a conversation in common: a direct one in which something was said, or a group.
///
/// A pure machine: ``next()`` gives the commands to be sent as one unit, ``take(_:)`` gets their replies, until ``next()`` gives nil. First the user's own contacts and
/// groups are read; then the members of those groups are asked for the users who are left, in portions, until none is left. The groups noted with the user may be too
/// many, never too few; who is a member stands in the groups alone.
public struct CommonConversations: Sendable {
    /// The most groups of the user that are asked; and how many at once.
    public static let groupLimit = 1000
    private static let portion = 50

    private enum Step { case start, own, groups, done }

    private let keys: Keys
    private let user: String
    private var open: [String]
    private var groups: [String] = []
    private var step = Step.start
    /// Those with whom there is one.
    public private(set) var found: Set<String> = []

    /// A question of `user` about `others`.
    public init(keys: Keys, user: String, others: some Collection<String>) {
        self.keys = keys
        self.user = user
        open = Array(others)
    }

    /// Those with whom there is none; to be asked for at the end.
    public var rest: [String] { open }

    /// What to ask Redis next; nil when the answer is there.
    public mutating func next() -> [RedisCommand]? {
        guard !open.isEmpty, step != .done else { return nil }
        if step == .start {
            step = .own
            return [
                RedisCommand("ZMSCORE", [.text(keys.contacts(user))] + open.map { .text($0) }),
                RedisCommand("HKEYS", .text(keys.groups(user))),
            ]
        }
        guard !groups.isEmpty else {
            step = .done
            return nil
        }
        let asked = groups.suffix(Self.portion)
        groups.removeLast(asked.count)
        return asked.map { group in
            RedisCommand("SMISMEMBER", [.text(keys.members(group)), .text(user)] + open.map { .text($0) })
        }
    }

    /// The replies to what ``next()`` gave.
    /// - Throws: ``RedisError`` for an outage; what fails for its own sake counts as no conversation.
    public mutating func take(_ replies: [Result<RedisValue, RedisError>]) throws(RedisError) {
        var parts: [[RedisValue]] = []
        for reply in replies {
            do throws(RedisError) {
                parts.append(try reply.get().array ?? [])
            } catch {
                guard !error.isOutage else { throw error }
                parts.append([])
            }
        }
        switch step {
        case .own:
            if parts.count == 2 {
                found.formUnion(zip(open, parts[0]).filter { $0.1 != .null }.map(\.0))
                groups = Array(parts[1].lazy.compactMap(\.string).prefix(Self.groupLimit))
            }
            step = .groups
        case .groups:
            for members in parts where members.first?.int == 1 {
                found.formUnion(zip(open, members.dropFirst()).filter { $0.1.int == 1 }.map(\.0))
            }
        case .start, .done: break
        }
        open.removeAll(where: found.contains)
    }
}
