import Postgres

/// Ends the memberships of users at an entry (`leave_members.sql`).
struct LeaveMembers: PostgresStatement {
    static let name = "leave_members"
    static let sql = String(decoding: PackageResources.leave_members_sql, as: UTF8.self)

    let conversation: String
    let at: StoredID
    let users: [String]

    var parameters: [PostgresParameter] { [.text(conversation), .int8(at.ms), .int4(at.seq), .textArray(users)] }
}
