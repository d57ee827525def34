import Messaging

extension Group {
    /// A group that never was.
    static let absent = Group(name: "", version: .zero, isDeleted: true, members: [])

    /// Whom a change concerns: those who are members before or after it, as far as it touches them.
    func concerned(by change: MembershipChange) -> Set<String> {
        switch change.operation {
        case .replace: members.union(change.members)
        case .add, .remove: Set(change.members)
        case .delete: members
        }
    }

    /// The group after a change that has been applied.
    func applying(_ change: MembershipChange, version: MessageID, isLarge: Bool = false) -> Group {
        var group = self
        group.version = version
        group.members = change.applied(to: members)
        switch change.operation {
        case .replace:
            group.name = change.name ?? ""
            group.isDeleted = false
        case .delete:
            group.name = ""
            group.isDeleted = true
        case .add, .remove: break
        }
        // A large group is known without its members.
        group.isLarge = isLarge
        return group
    }
}
