import CLibPQ

/// The rows of a result in binary form, freed when it goes.
@safe
final class PlainRows {
    /// The rows of no result.
    static var none: PlainRows { unsafe PlainRows(nil) }

    private let result: OpaquePointer?

    init(_ result: OpaquePointer?) { unsafe self.result = unsafe result }

    deinit { unsafe PQclear(result) }

    var count: Int { Int(unsafe PQntuples(result)) }

    /// A `bigint` or an `integer`; 0 for NULL.
    func integer(_ row: Int, _ column: Int) -> Int {
        let length = Int(unsafe PQgetlength(result, Int32(row), Int32(column)))
        guard let start = unsafe PQgetvalue(result, Int32(row), Int32(column)) else { return 0 }
        let value = unsafe UnsafeRawBufferPointer(start: start, count: length)
        let bits = unsafe value.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return length == 4 ? Int(Int32(truncatingIfNeeded: bits)) : Int(truncatingIfNeeded: bits)
    }
}
