/// A parameter of a statement, already in Postgres' binary form.
///
/// Source: https://www.postgresql.org/docs/15/protocol-overview.html#PROTOCOL-FORMAT-CODES and the `*send` functions of the types.
public struct PostgresParameter: Sendable {
    /// The object id of the type, fixed for the built-in types.
    enum TypeID: UInt32 {
        case bool = 16
        case int8 = 20
        case int4 = 23
        case text = 25
        case int4Array = 1007
        case textArray = 1009
        case int8Array = 1016
    }

    let type: TypeID
    /// nil is SQL's NULL.
    let bytes: [UInt8]?

    private init(_ type: TypeID, _ bytes: [UInt8]?) {
        self.type = type
        self.bytes = bytes
    }

    /// A `bool`.
    public static func bool(_ value: Bool) -> Self { Self(.bool, [value ? 1 : 0]) }

    /// A `bigint`.
    public static func int8(_ value: Int64) -> Self { Self(.int8, bigEndian(value)) }

    /// An `integer`.
    public static func int4(_ value: Int32) -> Self { Self(.int4, bigEndian(value)) }

    /// A `text`. Postgres stores no NUL character: the server refuses such a text.
    public static func text(_ value: String) -> Self { Self(.text, Array(value.utf8)) }

    /// A `text` that may be NULL.
    public static func text(_ value: String?) -> Self { Self(.text, value.map { Array($0.utf8) }) }

    /// A `text` of bytes that should be UTF-8; the server refuses them if they are not.
    public static func text(bytes: [UInt8]) -> Self { Self(.text, bytes) }

    /// A `bigint[]`.
    public static func int8Array(_ values: [Int64]) -> Self {
        Self(.int8Array, array(of: .int8, count: values.count, elementSize: 8) { appendElement(values[$0], to: &$1) })
    }

    /// An `integer[]`.
    public static func int4Array(_ values: [Int32]) -> Self {
        Self(.int4Array, array(of: .int4, count: values.count, elementSize: 4) { appendElement(values[$0], to: &$1) })
    }

    /// A `text[]`.
    public static func textArray(_ values: [String]) -> Self {
        Self(
            .textArray,
            array(of: .text, count: values.count, elementSize: 24) { index, bytes in
                let text = values[index].utf8
                append(Int32(text.count), to: &bytes)
                bytes.append(contentsOf: text)
            })
    }

    /// A `text[]` of bytes that should be UTF-8.
    public static func textArray(bytes values: [[UInt8]]) -> Self {
        let size = values.reduce(0) { $0 + $1.count } / max(values.count, 1) + 1
        return Self(
            .textArray,
            array(of: .text, count: values.count, elementSize: size) { index, bytes in
                append(Int32(values[index].count), to: &bytes)
                bytes.append(contentsOf: values[index])
            })
    }

    /// One dimension (or none, when empty), no NULLs, the element's type, the count and the lower bound 1; then the elements.
    private static func array(
        of element: TypeID, count: Int, elementSize: Int, _ appendElement: (Int, inout [UInt8]) -> Void
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(20 + count * (4 + elementSize))
        append(Int32(count == 0 ? 0 : 1), to: &bytes)
        append(Int32(0), to: &bytes)
        append(Int32(bitPattern: element.rawValue), to: &bytes)
        guard count > 0 else { return bytes }
        append(Int32(count), to: &bytes)
        append(Int32(1), to: &bytes)
        for index in 0..<count { appendElement(index, &bytes) }
        return bytes
    }

    private static func appendElement<Value: FixedWidthInteger>(_ value: Value, to bytes: inout [UInt8]) {
        append(Int32(Value.bitWidth / 8), to: &bytes)
        append(value, to: &bytes)
    }

    private static func append<Value: FixedWidthInteger>(_ value: Value, to bytes: inout [UInt8]) {
        unsafe withUnsafeBytes(of: value.bigEndian) { unsafe bytes.append(contentsOf: $0) }
    }

    private static func bigEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Value.bitWidth / 8)
        append(value, to: &bytes)
        return bytes
    }
}
