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
    public static func int8Array(_ values: [Int64]) -> Self { Self(.int8Array, integers(values, .int8)) }

    /// An `integer[]`.
    public static func int4Array(_ values: [Int32]) -> Self { Self(.int4Array, integers(values, .int4)) }

    /// A `text[]`.
    public static func textArray(_ values: [String]) -> Self {
        let size = values.reduce(0) { $0 + $1.utf8.count }
        let bytes = array(of: .text, count: values.count, size: size) { output in
            for value in values {
                var text = value
                text.withUTF8 { unsafe output.put(UnsafeRawBufferPointer($0)) }
            }
        }
        return Self(.textArray, bytes)
    }

    /// A `text[]` of bytes that should be UTF-8.
    public static func textArray(bytes values: [[UInt8]]) -> Self {
        let size = values.reduce(0) { $0 + $1.count }
        let bytes = array(of: .text, count: values.count, size: size) { output in
            for value in values { unsafe value.withUnsafeBytes { unsafe output.put($0) } }
        }
        return Self(.textArray, bytes)
    }

    private static func integers<Value: FixedWidthInteger>(_ values: [Value], _ element: TypeID) -> [UInt8] {
        let width = Value.bitWidth / 8
        return array(of: element, count: values.count, size: values.count * width) { output in
            for value in values {
                output.integer(Int32(width))
                output.integer(value)
            }
        }
    }

    /// One dimension (or none, when empty), no NULLs, the element's type, the count and the lower bound 1; then the elements, each with its length.
    /// - Parameter size: the bytes of all elements, without their lengths.
    private static func array(
        of element: TypeID, count: Int, size: Int, _ elements: (inout ArrayOutput) -> Void
    ) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: 20 + count * 4 + size) { buffer, length in
            var output = unsafe ArrayOutput(UnsafeMutableRawBufferPointer(buffer))
            output.integer(Int32(count == 0 ? 0 : 1))
            output.integer(Int32(0))
            output.integer(Int32(bitPattern: element.rawValue))
            if count > 0 {
                output.integer(Int32(count))
                output.integer(Int32(1))
                elements(&output)
            }
            length = output.length
        }
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
