public import Messaging

/// A reply of Redis (RESP2). Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
public enum RedisValue: Equatable, Sendable {
    case null
    case integer(Int64)
    case bytes([UInt8])
    case status(String)
    case array([RedisValue])
    /// An array of bulk strings alone, as the fields of a stream entry are. Equal to an ``array(_:)`` of the same.
    case strings(PackedStrings)
    /// An error inside an array; a reply that is an error as a whole is thrown instead.
    case error(String)

    /// The text of a bulk or status reply; nil for others and for what is not UTF-8.
    public var string: String? {
        switch self {
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        case .status(let text): text
        default: nil
        }
    }

    /// The number of an integer reply, or of a bulk reply that holds one.
    public var int: Int64? {
        switch self {
        case .integer(let number): number
        case .bytes, .status: string.flatMap { Int64($0) }
        default: nil
        }
    }

    /// The bytes of a bulk reply.
    public var data: [UInt8]? {
        guard case .bytes(let bytes) = self else { return nil }
        return bytes
    }

    /// The elements of an array reply.
    public var array: [RedisValue]? {
        switch self {
        case .array(let elements): elements
        case .strings(let strings): strings.all.map { .bytes($0) }
        default: nil
        }
    }

    public static func == (left: RedisValue, right: RedisValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.integer(let one), .integer(let other)): one == other
        case (.bytes(let one), .bytes(let other)): one == other
        case (.status(let one), .status(let other)), (.error(let one), .error(let other)): one == other
        case (.strings(let one), .strings(let other)): one == other
        case (.array, .array), (.array, .strings), (.strings, .array): (left.array ?? []) == (right.array ?? [])
        default: false
        }
    }
}
