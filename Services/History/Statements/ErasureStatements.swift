import Postgres

/// The groups that a user is a member of (`lasting_groups.sql`).
struct LastingGroups: PostgresStatement {
    static let name = "lasting_groups"
    static let sql = String(decoding: PackageResources.lasting_groups_sql, as: UTF8.self)
    static let isRepeatable = true

    struct Row: Hashable, Sendable {
        var key: Int64
        var name: String
    }

    let user: String
    let after: Int64
    let limit: Int

    var parameters: [PostgresParameter] { [.text(user), .int8(after), .int8(Int64(limit))] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        Row(key: try row.int8(0), name: try row.text(1))
    }
}

/// Notes up to when a user is erased (`note_erasure.sql`).
struct NoteErasure: PostgresStatement {
    static let name = "note_erasure"
    static let sql = String(decoding: PackageResources.note_erasure_sql, as: UTF8.self)

    let user: String
    let milliseconds: Int64

    var parameters: [PostgresParameter] { [.text(user), .int8(milliseconds)] }
}

/// About how many messages there are (`message_estimate.sql`).
struct MessageEstimate: PostgresStatement {
    static let name = "message_estimate"
    static let sql = String(decoding: PackageResources.message_estimate_sql, as: UTF8.self)
    static let isRepeatable = true

    var parameters: [PostgresParameter] { [] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Int64 { try row.int8(0) }
}

/// Makes messages of a user tombstones, a slice (`erase_messages.sql`).
struct EraseMessages: PostgresStatement {
    static let name = "erase_messages"
    static let sql = String(decoding: PackageResources.erase_messages_sql, as: UTF8.self)

    struct Row: Hashable, Sendable {
        var looked: Int
        var erased: Int
        /// The last one looked at; nil when there was none.
        var last: ErasureStep.Place?
    }

    let user: String
    let through: Int64
    let after: ErasureStep.Place
    let limit: Int

    var parameters: [PostgresParameter] {
        [
            .text(user), .int8(through), .int8(after.conversation), .int8(after.ms), .int4(after.seq),
            .int8(Int64(limit)),
        ]
    }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        var last: ErasureStep.Place?
        if !row.isNull(2) {
            last = .init(conversation: try row.int8(2), ms: try row.int8(3), seq: try row.int4(4))
        }
        return Row(looked: Int(try row.int8(0)), erased: Int(try row.int8(1)), last: last)
    }
}

/// Removes read marks of a user, a slice (`erase_marks.sql`).
struct EraseMarks: PostgresStatement {
    static let name = "erase_marks"
    static let sql = String(decoding: PackageResources.erase_marks_sql, as: UTF8.self)

    struct Row: Hashable, Sendable {
        var looked: Int
        /// The last one looked at; nil when there was none.
        var last: ErasureStep.Place?
    }

    let user: String
    let after: ErasureStep.Place
    let limit: Int

    var parameters: [PostgresParameter] {
        [.text(user), .int8(after.conversation), .text(after.member), .int8(Int64(limit))]
    }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        var last: ErasureStep.Place?
        if !row.isNull(1) { last = .init(conversation: try row.int8(1), member: try row.text(2)) }
        return Row(looked: Int(try row.int8(0)), last: last)
    }
}

/// Removes memberships of a user, a slice, and gives how many it was (`erase_memberships.sql`).
struct EraseMemberships: PostgresStatement {
    static let name = "erase_memberships"
    static let sql = String(decoding: PackageResources.erase_memberships_sql, as: UTF8.self)

    let user: String
    let milliseconds: Int64
    let limit: Int

    var parameters: [PostgresParameter] { [.text(user), .int8(milliseconds), .int8(Int64(limit))] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Int { Int(try row.int8(0)) }
}
