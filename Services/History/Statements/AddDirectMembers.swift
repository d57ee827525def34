import Postgres

/// Makes the two users of dms their members from the beginning (`add_direct_members.sql`).
struct AddDirectMembers: PostgresStatement {
    static let name = "add_direct_members"
    static let sql = String(decoding: PackageResources.add_direct_members_sql, as: UTF8.self)

    var conversations: [String] = []
    var members: [String] = []

    var parameters: [PostgresParameter] { [.textArray(conversations), .textArray(members)] }
}
