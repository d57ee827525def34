import Postgres

/// Gives messages what they come with (`add_attachments.sql`).
struct AddAttachments: PostgresStatement {
    static let name = "add_attachments"
    static let sql = String(decoding: PackageResources.add_attachments_sql, as: UTF8.self)

    private var conversations: [String] = []
    private(set) var ms: [Int64] = []
    private var seq: [Int32] = []
    private var attachments: [[UInt8]] = []

    init() {}

    var parameters: [PostgresParameter] {
        [.textArray(conversations), .int8Array(ms), .int4Array(seq), .textArray(bytes: attachments)]
    }

    mutating func add(_ conversation: String, _ record: IngestRecord) {
        conversations.append(conversation)
        ms.append(record.id.ms)
        seq.append(record.id.seq)
        attachments.append(record.attachments)
    }
}
