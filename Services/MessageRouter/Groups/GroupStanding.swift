/// How a group stands, without all of its members.
struct GroupStanding: Sendable {
    /// Its members are left out.
    var group: Group
    /// How many members it has.
    var count: Int
    /// Of those asked for, who is one.
    var members: Set<String>
}
