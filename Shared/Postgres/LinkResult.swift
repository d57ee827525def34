import CLibPQ

/// One result of libpq, freed with the object.
@safe
final class LinkResult {
    private let result: OpaquePointer

    init(_ result: OpaquePointer) { unsafe self.result = unsafe result }

    deinit { unsafe PQclear(result) }

    var status: ExecStatusType { unsafe PQresultStatus(result) }

    /// How many rows the statement touched or gave.
    var affected: Int { unsafe PQcmdTuples(result).flatMap { unsafe Int(String(cString: $0)) } ?? 0 }

    func rows<S: PostgresStatement>(of statement: S.Type) throws(PostgresError) -> [S.Row] {
        let count = unsafe PQntuples(result)
        var rows: [S.Row] = []
        rows.reserveCapacity(Int(count))
        for index in 0..<count { try rows.append(unsafe S.decode(PostgresRow(result: result, index: index))) }
        return rows
    }

    /// The server's refusal, nil when the result is none.
    ///
    /// Only names (of tables, columns, constraints) and the condition are taken over. The server's own sentence may quote a
    /// value where the fault lies in the data (classes 22 and 23, and what functions raise), so there it is left out.
    func refusal(of statement: String) -> PostgresError? {
        guard status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE else { return nil }
        let state = field("C") ?? "XX000"
        var text = "\(statement) was refused with SQLSTATE \(state)"
        if !["22", "23", "P0"].contains(state.prefix(2)), let sentence = field("M") { text += ": \(sentence)" }
        if let table = field("t") { text += ", table \(table)" }
        if let column = field("c") { text += ", column \(column)" }
        if let constraint = field("n") { text += ", constraint \(constraint)" }
        return PostgresError(.server, text, sqlState: state)
    }

    /// A field of an error, by its letter in the protocol.
    /// Source: https://www.postgresql.org/docs/15/protocol-error-fields.html
    private func field(_ letter: Unicode.Scalar) -> String? {
        guard let text = unsafe PQresultErrorField(result, Int32(letter.value)) else { return nil }
        return unsafe String(cString: text)
    }
}
