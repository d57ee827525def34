/// A change of a group's members, as it stands in the log (as JSON, in the `data` of a `member` entry).
public struct MembershipChange: Codable, Hashable, Sendable {
    /// What is done.
    public enum Operation: String, Codable, Sendable {
        /// The group has exactly these members from now on, and this name. Creates it if need be.
        case replace
        /// These users become members.
        case add
        /// These users are members no longer.
        case remove
        /// The group is no more.
        case delete
    }

    public var operation: Operation
    /// The group's name, with `replace` only.
    public var name: String?
    /// The users concerned, each once; empty with `delete`.
    public var members: [String]

    /// A change of its parts.
    public init(operation: Operation, name: String? = nil, members: [String] = []) {
        self.operation = operation
        self.name = name
        self.members = members
    }

    /// The members after this change to `members`.
    public func applied(to members: Set<String>) -> Set<String> {
        switch operation {
        case .replace: Set(self.members)
        case .add: members.union(self.members)
        case .remove: members.subtracting(self.members)
        case .delete: []
        }
    }
}
