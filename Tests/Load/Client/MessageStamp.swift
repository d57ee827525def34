/// What the data of a measured message says: when it was to be sent, in which stream of numbered messages, and which one of them it is.
///
/// A JSON string of fixed length: `~`, then the time in 16 hexadecimal digits, the stream and the number in 8 each, then filling. So the reader finds it by
/// counting from the frame's end, and need not read JSON.
struct MessageStamp: Equatable {
    /// Nanoseconds of the monotonic clock.
    var time: UInt64
    var stream: UInt32
    var number: UInt32

    /// The shortest data with a stamp in it, quotes included.
    static let least = 35
    private static let mark = UInt8(ascii: "~")
    private static let digits = Array("0123456789abcdef".utf8)

    init(time: UInt64, stream: UInt32, number: UInt32) {
        (self.time, self.stream, self.number) = (time, stream, number)
    }

    /// Writes it over data that was made by ``data(size:)``, of which `place` is the first byte.
    func write(over bytes: inout [UInt8], at place: Int) {
        Self.write(time, 16, &bytes, place + 2)
        Self.write(UInt64(stream), 8, &bytes, place + 18)
        Self.write(UInt64(number), 8, &bytes, place + 26)
    }

    /// Reads it out of data of which `place` is the first byte; nil when there is none.
    init?(_ bytes: Span<UInt8>, at place: Int) {
        guard place >= 0, place + Self.least <= bytes.count, bytes[place + 1] == Self.mark,
            let time = Self.read(bytes, place + 2, 16), let stream = Self.read(bytes, place + 18, 8),
            let number = Self.read(bytes, place + 26, 8)
        else { return nil }
        self.init(time: time, stream: UInt32(stream), number: UInt32(number))
    }

    /// Data of a size with room for a stamp.
    static func data(size: Int) -> [UInt8] {
        precondition(size >= least, "a stamp takes \(least) bytes")
        return [UInt8(ascii: "\""), mark] + [UInt8](repeating: UInt8(ascii: "0"), count: 32)
            + [UInt8](repeating: UInt8(ascii: "."), count: size - least) + [UInt8(ascii: "\"")]
    }

    private static func write(_ value: UInt64, _ count: Int, _ bytes: inout [UInt8], _ place: Int) {
        var rest = value
        for offset in stride(from: count - 1, through: 0, by: -1) {
            bytes[place + offset] = digits[Int(rest & 15)]
            rest >>= 4
        }
    }

    private static func read(_ bytes: Span<UInt8>, _ place: Int, _ count: Int) -> UInt64? {
        var value: UInt64 = 0
        for offset in 0..<count {
            let byte = bytes[place + offset]
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x61...0x66: digit = byte - 0x61 + 10
            default: return nil
            }
            value = value << 4 | UInt64(digit)
        }
        return value
    }
}
