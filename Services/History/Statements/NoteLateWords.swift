import Postgres

/// Has messages indexed that are stored when the index may be past them: replays of dead letters (`note_late_words.sql`).
struct NoteLateWords: PostgresStatement {
    static let name = "note_late_words"
    static let sql = String(decoding: PackageResources.note_late_words_sql, as: UTF8.self)

    var conversations: [String] = []
    var ms: [Int64] = []
    var seq: [Int32] = []

    var parameters: [PostgresParameter] { [.textArray(conversations), .int8Array(ms), .int4Array(seq)] }
}
