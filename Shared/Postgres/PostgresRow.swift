import CLibPQ

/// One row of a result in binary form. Columns are counted from 0 and are read with the type that they have in the database.
///
/// It cannot be copied or kept: it points into memory that is freed when the statement is done.
@safe
public struct PostgresRow: ~Copyable {
    private let result: OpaquePointer
    private let index: Int32

    init(result: OpaquePointer, index: Int32) {
        unsafe self.result = unsafe result
        self.index = index
    }

    /// Whether the column is NULL.
    public func isNull(_ column: Int) -> Bool { unsafe PQgetisnull(result, index, Int32(column)) == 1 }

    /// A `bigint`.
    public func int8(_ column: Int) throws(PostgresError) -> Int64 { try integer(column) }

    /// An `integer`.
    public func int4(_ column: Int) throws(PostgresError) -> Int32 { try integer(column) }

    /// A `bool`.
    public func bool(_ column: Int) throws(PostgresError) -> Bool { try integer(column, as: UInt8.self) != 0 }

    /// A `text`, as its bytes.
    public func bytes(_ column: Int) throws(PostgresError) -> [UInt8] {
        let value = try unsafe value(column)
        return unsafe Array(value)
    }

    /// A `text`.
    public func text(_ column: Int) throws(PostgresError) -> String {
        let value = try unsafe value(column)
        return unsafe String(decoding: value, as: UTF8.self)
    }

    private func integer<Value: FixedWidthInteger>(
        _ column: Int, as: Value.Type = Value.self
    ) throws(PostgresError) -> Value {
        let value = try unsafe value(column)
        guard value.count == Value.bitWidth / 8 else {
            throw PostgresError(
                .unexpectedResult, "column \(column) has \(value.count) bytes, not \(Value.bitWidth / 8)")
        }
        return unsafe value.reduce(into: Value(0)) { $0 = ($0 << 8) | Value(truncatingIfNeeded: $1) }
    }

    private func value(_ column: Int) throws(PostgresError) -> UnsafeRawBufferPointer {
        guard column >= 0, unsafe Int32(column) < PQnfields(result) else {
            throw PostgresError(.unexpectedResult, "there is no column \(column)")
        }
        guard !isNull(column), let start = unsafe PQgetvalue(result, index, Int32(column)) else {
            throw PostgresError(.unexpectedResult, "column \(column) is NULL")
        }
        return unsafe UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, index, Int32(column))))
    }
}
