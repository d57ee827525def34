import Postgres

/// Makes users members of a living group from an entry on, unless that are too many (`add_members.sql`).
struct AddMembers: PostgresStatement {
    static let name = "add_members"
    static let sql = String(decoding: PackageResources.add_members_sql, as: UTF8.self)

    let conversation: String
    let at: StoredID
    let users: [String]
    /// The most members of a group.
    let limit: Int

    var parameters: [PostgresParameter] {
        [.text(conversation), .int8(at.ms), .int4(at.seq), .textArray(users), .int8(Int64(limit))]
    }
}
