/// How header names and values are escaped: not at all (1.0, and the frames that open a session), `\n \c \\` (1.1), or these and `\r` (1.2).
///
/// Source: https://stomp.github.io/stomp-specification-1.2.html#Value_Encoding
enum HeaderEscaping {
    case none
    case v11
    case v12

    init(_ version: STOMPVersion?, _ command: STOMPCommand) {
        switch version {
        case .v11 where command.escapesHeaders: self = .v11
        case .v12 where command.escapesHeaders: self = .v12
        default: self = .none
        }
    }

    /// Appends a header's line.
    func write(_ name: String, _ value: String, to bytes: inout [UInt8]) {
        write(name, isName: true, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        write(value, isName: false, to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
    }

    private func write(_ text: String, isName: Bool, to bytes: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            // A NUL cannot be written in any version, nor can what this version has no escape for.
            case 0: bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "\r") where self != .v12: bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "\n") where self == .none: bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: ":") where self == .none && isName: bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "\r"): Self.escape("r", &bytes)
            case UInt8(ascii: "\n"): Self.escape("n", &bytes)
            case UInt8(ascii: ":") where self != .none: Self.escape("c", &bytes)
            case UInt8(ascii: "\\") where self != .none: Self.escape("\\", &bytes)
            default: bytes.append(byte)
            }
        }
    }

    private static func escape(_ letter: Unicode.Scalar, _ bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(UInt8(ascii: letter))
    }

    /// Reads a name or a value.
    /// - Throws: `undefinedEscape` for an escape that the version does not have, `malformedFrame` for what is not UTF-8.
    func read(_ bytes: ArraySlice<UInt8>) throws(STOMPError) -> String {
        guard self != .none, bytes.contains(UInt8(ascii: "\\")) else { return try Self.text(bytes) }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var isEscape = false
        for byte in bytes {
            guard isEscape else {
                if byte == UInt8(ascii: "\\") { isEscape = true } else { result.append(byte) }
                continue
            }
            isEscape = false
            switch byte {
            case UInt8(ascii: "n"): result.append(UInt8(ascii: "\n"))
            case UInt8(ascii: "c"): result.append(UInt8(ascii: ":"))
            case UInt8(ascii: "\\"): result.append(UInt8(ascii: "\\"))
            case UInt8(ascii: "r") where self == .v12: result.append(UInt8(ascii: "\r"))
            default: throw undefined
            }
        }
        guard !isEscape else { throw undefined }
        return try Self.text(result[...])
    }

    private var undefined: STOMPError {
        STOMPError(
            .undefinedEscape,
            self == .v12
                ? "in a header \\ is followed by one of r, n, c or \\"
                : "in a header \\ is followed by one of n, c or \\")
    }

    private static func text(_ bytes: ArraySlice<UInt8>) throws(STOMPError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw STOMPError(.malformedFrame, "headers must be UTF-8")
        }
        return text
    }
}
