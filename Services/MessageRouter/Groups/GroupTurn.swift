import Messaging
import RedisStreams

/// What a membership change does to a group that is large before it or after it.
struct GroupTurn: Equatable, Sendable {
    var wasLarge: Bool
    var isLarge: Bool
    var joined: Set<String>
    var left: Set<String>
    /// All members after it, where it turns the group; else empty.
    var after: Set<String> = []

    /// Of a group that is not large; nil when it stays so.
    init?(of members: Set<String>, by change: MembershipChange, size: LargeGroupSize) {
        let after = change.applied(to: members)
        guard after.count > size.limit else { return nil }
        self.init(
            wasLarge: false, isLarge: true, joined: after.subtracting(members), left: members.subtracting(after),
            after: after)
    }

    /// Of a large group all of whose members are known.
    init(ofLarge members: Set<String>, by change: MembershipChange, size: LargeGroupSize) {
        let after = change.applied(to: members)
        let isLarge = after.count > size.back
        self.init(
            wasLarge: true, isLarge: isLarge, joined: after.subtracting(members), left: members.subtracting(after),
            after: isLarge ? [] : after)
    }

    init(wasLarge: Bool, isLarge: Bool, joined: Set<String>, left: Set<String>, after: Set<String> = []) {
        self.wasLarge = wasLarge
        self.isLarge = isLarge
        self.joined = joined
        self.left = left
        self.after = after
    }

    /// Who is to hear the group's log from the change on.
    var entering: Set<String> { wasLarge ? (isLarge ? joined : []) : after }

    /// Who has heard it until then.
    var leaving: Set<String> { wasLarge ? (isLarge ? left : left.union(after.subtracting(joined))) : [] }
}
