/// Builds the JSON text of a frame.
struct FrameWriter {
    private(set) var bytes: [UInt8] = []

    init(_ start: String, capacity: Int = 192) {
        bytes.reserveCapacity(capacity)
        write(start)
    }

    /// Text that needs no escaping.
    mutating func write(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func write(_ data: [UInt8]) { bytes.append(contentsOf: data) }

    mutating func write(_ id: MessageID) {
        write(id.milliseconds)
        bytes.append(UInt8(ascii: "-"))
        write(id.sequence)
    }

    mutating func write(_ number: UInt64) {
        let start = bytes.count
        var rest = number
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    /// Free text, quoted and escaped.
    mutating func writeEscaped(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default:
                bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
