import Postgres

/// Ends the memberships of all but some users at an entry (`leave_other_members.sql`).
struct LeaveOtherMembers: PostgresStatement {
    static let name = "leave_other_members"
    static let sql = String(decoding: PackageResources.leave_other_members_sql, as: UTF8.self)

    let conversation: String
    let at: StoredID
    /// Who stays.
    let users: [String]

    var parameters: [PostgresParameter] { [.text(conversation), .int8(at.ms), .int4(at.seq), .textArray(users)] }
}
