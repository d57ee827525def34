/// Fields of queries and of `application/x-www-form-urlencoded` bodies.
enum QueryText {
    /// The decoded value of the first field of this name; nil when there is none.
    static func value(of name: String, in bytes: ArraySlice<UInt8>) -> [UInt8]? {
        for field in bytes.split(separator: UInt8(ascii: "&")) {
            let equals = field.firstIndex(of: UInt8(ascii: "=")) ?? field.endIndex
            guard decoded(field[..<equals]).elementsEqual(name.utf8) else { continue }
            return decoded(field[equals...].dropFirst())
        }
        return nil
    }

    /// Resolves `%XX` and `+`; a `%` without two digits stands for itself, as browsers have it.
    static func decoded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var place = bytes.startIndex
        while place < bytes.endIndex {
            let byte = bytes[place]
            if byte == UInt8(ascii: "%"), place + 2 < bytes.endIndex, let high = hexadecimal(bytes[place + 1]),
                let low = hexadecimal(bytes[place + 2])
            {
                result.append(high << 4 | low)
                place += 3
                continue
            }
            result.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            place += 1
        }
        return result
    }

    /// The value of a hexadecimal digit.
    static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
