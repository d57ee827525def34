/// An argument of a command: text, a number, or bytes.
public enum RedisArgument: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case text(String)
    case integer(Int64)
    case bytes([UInt8])

    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
}

/// A command, encoded as Redis reads it (RESP2 array of bulk strings).
/// Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
public struct RedisCommand: Sendable {
    /// The encoded bytes.
    let bytes: [UInt8]

    /// A command of its name and arguments.
    public init(_ name: String, _ arguments: RedisArgument...) {
        self.init(name, arguments)
    }

    /// A command of its name and a list of arguments.
    public init(_ name: String, _ arguments: [RedisArgument]) {
        var encoder = RESPEncoder(count: arguments.count + 1)
        encoder.append(name)
        for argument in arguments { encoder.append(argument) }
        bytes = encoder.bytes
    }

    /// A call of a script by its digest (EVALSHA). The connection loads all scripts when it connects, and again when Redis has forgotten them.
    public init(script: RedisScript, keys: [String], arguments: [RedisArgument]) {
        var encoder = RESPEncoder(count: arguments.count + keys.count + 3)
        encoder.append("EVALSHA")
        encoder.append(script.digest)
        encoder.append(.integer(Int64(keys.count)))
        for key in keys { encoder.append(key) }
        for argument in arguments { encoder.append(argument) }
        bytes = encoder.bytes
    }

    /// XADD of fields (name, value, …) with an id that Redis gives, cut to about `maximumLength` entries if given.
    /// Source: https://redis.io/docs/latest/commands/xadd/
    public static func append(to key: String, fields: [[UInt8]], maximumLength: Int? = nil) -> RedisCommand {
        var arguments: [RedisArgument] = [.text(key)]
        if let maximumLength { arguments += ["MAXLEN", "~", .integer(Int64(maximumLength))] }
        arguments.append("*")
        for field in fields { arguments.append(.bytes(field)) }
        return RedisCommand("XADD", arguments)
    }
}

/// Writes RESP2 arrays of bulk strings.
struct RESPEncoder {
    private(set) var bytes: [UInt8] = []

    /// Starts an array of `count` elements.
    init(count: Int) {
        bytes.reserveCapacity(64 + count * 24)
        bytes.append(UInt8(ascii: "*"))
        appendDecimal(count)
    }

    mutating func append(_ argument: RedisArgument) {
        switch argument {
        case .text(let text): append(text)
        case .integer(let number): append(String(number))
        case .bytes(let data):
            startBulk(data.count)
            bytes.append(contentsOf: data)
            endLine()
        }
    }

    mutating func append(_ text: String) {
        startBulk(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
        endLine()
    }

    private mutating func startBulk(_ count: Int) {
        bytes.append(UInt8(ascii: "$"))
        appendDecimal(count)
    }

    private mutating func appendDecimal(_ number: Int) {
        if number < 10 {
            bytes.append(UInt8(ascii: "0") + UInt8(number))
        } else {
            bytes.append(contentsOf: String(number).utf8)
        }
        endLine()
    }

    private mutating func endLine() {
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
    }
}
