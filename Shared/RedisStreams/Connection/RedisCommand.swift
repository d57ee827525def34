internal import Messaging

/// An argument of a command: text, a number, an id, or bytes.
public enum RedisArgument: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    case text(String)
    case integer(Int64)
    /// The id of a stream entry.
    case id(milliseconds: UInt64, sequence: UInt64)
    case bytes([UInt8])

    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }

    /// About how many bytes it takes in a command, rather more than less.
    var size: Int {
        switch self {
        case .text(let text): text.utf8.count + 16
        case .integer: 32
        case .id: 48
        case .bytes(let data): data.count + 16
        }
    }
}

/// A command, encoded as Redis reads it (RESP2 array of bulk strings).
/// Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
public struct RedisCommand: Sendable {
    /// Where in its bytes a call has what goes into a call of several.
    struct Parts {
        let many: RedisScript.Form
        let keyCount: Int
        let argumentCount: Int
        /// Where the keys begin.
        let keys: Int
        /// Where the arguments begin; they go to the end.
        let arguments: Int
    }

    /// The encoded bytes.
    let bytes: [UInt8]
    /// Nil for what is always sent by itself.
    let parts: Parts?

    /// A command of its name and arguments.
    public init(_ name: String, _ arguments: RedisArgument...) {
        self.init(name, arguments)
    }

    /// A command of its name and a list of arguments.
    public init(_ name: String, _ arguments: [RedisArgument]) {
        var encoder = RESPEncoder(
            count: arguments.count + 1, capacity: arguments.reduce(name.utf8.count + 32) { $0 + $1.size })
        encoder.append(name)
        for argument in arguments { encoder.append(argument) }
        bytes = encoder.bytes
        parts = nil
    }

    /// A call of a script by its digest (EVALSHA). The connection loads all scripts when it connects, and again when Redis has forgotten them.
    public init(script: RedisScript, keys: [String], arguments: [RedisArgument]) {
        var capacity = script.one.call.count + 32
        for key in keys { capacity += key.utf8.count + 16 }
        for argument in arguments { capacity += argument.size }
        var encoder = RESPEncoder(count: arguments.count + keys.count + 3, capacity: capacity)
        encoder.append(encoded: script.one.call)
        encoder.append(.integer(Int64(keys.count)))
        let startOfKeys = encoder.bytes.count
        for key in keys { encoder.append(key) }
        let startOfArguments = encoder.bytes.count
        for argument in arguments { encoder.append(argument) }
        bytes = encoder.bytes
        parts = script.many.map { many in
            Parts(
                many: many, keyCount: keys.count, argumentCount: arguments.count, keys: startOfKeys,
                arguments: startOfArguments)
        }
    }

    /// Several calls of one script as one, whose reply is an array of theirs. There must be at least one, and all of the same script, with as many keys.
    init(calls: some Collection<RedisCommand>, of many: RedisScript.Form) {
        let keyCount = calls.first?.parts?.keyCount ?? 0
        var (count, capacity) = (4, many.call.count + 64)
        for call in calls {
            count += keyCount + 1 + (call.parts?.argumentCount ?? 0)
            capacity += call.bytes.count
        }
        var encoder = RESPEncoder(count: count, capacity: capacity)
        encoder.append(encoded: many.call)
        encoder.append(.integer(Int64(keyCount * calls.count)))
        for call in calls {
            if let parts = call.parts { encoder.append(encoded: call.bytes[parts.keys..<parts.arguments]) }
        }
        encoder.append(.integer(Int64(keyCount)))
        for call in calls {
            guard let parts = call.parts else { continue }
            encoder.append(.integer(Int64(parts.argumentCount)))
            encoder.append(encoded: call.bytes[parts.arguments...])
        }
        bytes = encoder.bytes
        parts = nil
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
    init(count: Int, capacity: Int) {
        bytes.reserveCapacity(capacity)
        bytes.append(UInt8(ascii: "*"))
        appendDecimal(UInt64(count))
        endLine()
    }

    /// Writes elements alone, without an array around them: see ``append(encoded:)``.
    init() {}

    mutating func append(_ argument: RedisArgument) {
        switch argument {
        case .text(let text): append(text)
        case .integer(let number):
            startBulk(Self.digits(number.magnitude) + (number < 0 ? 1 : 0))
            if number < 0 { bytes.append(UInt8(ascii: "-")) }
            appendDecimal(number.magnitude)
            endLine()
        case .id(let milliseconds, let sequence):
            startBulk(Self.digits(milliseconds) + 1 + Self.digits(sequence))
            appendDecimal(milliseconds)
            bytes.append(UInt8(ascii: "-"))
            appendDecimal(sequence)
            endLine()
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

    /// Appends elements that were encoded before.
    mutating func append(encoded elements: [UInt8]) { bytes.append(contentsOf: elements) }
    mutating func append(encoded elements: ArraySlice<UInt8>) { bytes.append(contentsOf: elements) }

    private mutating func startBulk(_ count: Int) {
        bytes.append(UInt8(ascii: "$"))
        appendDecimal(UInt64(count))
        endLine()
    }

    private static func digits(_ number: UInt64) -> Int {
        var rest = number / 10
        var count = 1
        while rest > 0 {
            rest /= 10
            count += 1
        }
        return count
    }

    private mutating func appendDecimal(_ number: UInt64) {
        let start = bytes.count
        var rest = number
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        var (low, high) = (start, bytes.count - 1)
        while low < high {
            bytes.swapAt(low, high)
            low += 1
            high -= 1
        }
    }

    private mutating func endLine() {
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
    }
}
