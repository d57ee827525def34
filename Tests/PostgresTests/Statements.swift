import Postgres

struct Echo: PostgresStatement {
    static let name = "echo"
    static let sql = "select $1::bigint, $2::integer, $3::text, $4::bool, null::text"
    static let isRepeatable = true

    struct Row: Sendable, Equatable {
        var int8: Int64
        var int4: Int32
        var text: String
        var bool: Bool
        var isNull: Bool
    }

    let row: Row

    var parameters: [PostgresParameter] { [.int8(row.int8), .int4(row.int4), .text(row.text), .bool(row.bool)] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        Row(
            int8: try row.int8(0), int4: try row.int4(1), text: try row.text(2), bool: try row.bool(3),
            isNull: row.isNull(4))
    }
}

struct EchoArrays: PostgresStatement {
    static let name = "echo_arrays"
    static let sql = "select * from unnest($1::bigint[], $2::integer[], $3::text[]) with ordinality"

    let int8: [Int64]
    let int4: [Int32]
    let text: [[UInt8]]

    var parameters: [PostgresParameter] { [.int8Array(int8), .int4Array(int4), .textArray(bytes: text)] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> [String] {
        ["\(try row.int8(0))", "\(try row.int4(1))", try row.text(2)]
    }
}

struct InsertThing: PostgresStatement {
    static let name = "insert_thing"
    static let sql = "insert into things select unnest($1::bigint[]), $2"

    let ids: [Int64]
    var text = "thing"

    var parameters: [PostgresParameter] { [.int8Array(ids), .text(text)] }
}

struct CountThings: PostgresStatement {
    static let name = "count_things"
    static let sql = "select count(*) from things"
    static let isRepeatable = true

    var parameters: [PostgresParameter] { [] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Int64 { try row.int8(0) }
}

struct Sleep: PostgresStatement {
    static let name = "sleep"
    static let sql = "select pg_sleep($1::integer)::text"

    let seconds: Int32

    var parameters: [PostgresParameter] { [.int4(seconds)] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> String { try row.text(0) }
}

struct BackendID: PostgresStatement {
    static let name = "backend_id"
    static let sql = "select pg_backend_pid()"

    var parameters: [PostgresParameter] { [] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Int32 { try row.int4(0) }
}

struct IsAtWork: PostgresStatement {
    static let name = "is_at_work"
    static let sql =
        "select count(*) > 0 from pg_stat_activity where pid = $1 and query like '%pg_sleep%' and state = 'active'"

    let id: Int32

    var parameters: [PostgresParameter] { [.int4(id)] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Bool { try row.bool(0) }
}

struct EndBackend: PostgresStatement {
    static let name = "end_backend"
    static let sql = "select pg_terminate_backend($1, 5000)"

    let id: Int32

    var parameters: [PostgresParameter] { [.int4(id)] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Bool { try row.bool(0) }
}

struct Misread: PostgresStatement {
    static let name = "misread"
    static let sql = "select 1::integer"

    var parameters: [PostgresParameter] { [] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Int64 { try row.int8(0) }
}
