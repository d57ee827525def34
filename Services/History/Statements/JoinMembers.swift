import Postgres

/// Makes users members from an entry on (`join_members.sql`).
struct JoinMembers: PostgresStatement {
    static let name = "join_members"
    static let sql = String(decoding: PackageResources.join_members_sql, as: UTF8.self)

    let conversation: String
    let at: StoredID
    let users: [String]

    var parameters: [PostgresParameter] { [.text(conversation), .int8(at.ms), .int4(at.seq), .textArray(users)] }
}
