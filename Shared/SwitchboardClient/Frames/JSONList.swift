/// Takes an array or an object of JSON apart without reading what is in it, however deep that nests: a page of messages nests deeper than a frame may.
///
/// The bytes are a server's, and so JSON; of anything else it gives some places within them.
enum JSONList {
    /// The places of the elements of an array, or of the members of an object.
    static func elements(_ container: Range<Int>, in bytes: Span<UInt8>) -> [Range<Int>] {
        var elements: [Range<Int>] = []
        var start: Int?
        var depth = 0
        var isInText = false
        var place = container.lowerBound + 1
        while place < container.upperBound {
            let byte = bytes[place]
            if isInText {
                if byte == UInt8(ascii: "\\") { place += 1 }
                if byte == UInt8(ascii: "\"") { isInText = false }
            } else {
                switch byte {
                case 0x20, 0x09, 0x0a, 0x0d: break
                case UInt8(ascii: ",") where depth == 0, UInt8(ascii: "]") where depth == 0,
                    UInt8(ascii: "}") where depth == 0:
                    if let begun = start { elements.append(begun..<place) }
                    start = nil
                default:
                    if start == nil { start = place }
                    switch byte {
                    case UInt8(ascii: "\""): isInText = true
                    case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                    case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                    default: break
                    }
                }
            }
            place += 1
        }
        return elements
    }

    /// The value of a member of an object, if it has one with this name; without blanks before it.
    static func value(_ name: StaticString, in bytes: Span<UInt8>) -> Range<Int>? {
        guard let first = (0..<bytes.count).first(where: { bytes[$0] > 0x20 }), bytes[first] == UInt8(ascii: "{") else {
            return nil
        }
        let key = Array("\"\(name)\"".utf8)
        for member in elements(first..<bytes.count, in: bytes) where member.count > key.count {
            guard key.indices.allSatisfy({ bytes[member.lowerBound + $0] == key[$0] }) else { continue }
            var place = member.lowerBound + key.count
            while place < member.upperBound, bytes[place] <= 0x20 || bytes[place] == UInt8(ascii: ":") { place += 1 }
            return place..<member.upperBound
        }
        return nil
    }
}
