/// The little that the storm's clients read of a frame. What the edge writes has no blanks, and its addresses no escapes.
struct StormFrame {
    private let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// Whether the frame is of this type, which comes first.
    func isOf(_ type: StaticString) -> Bool {
        bytes.starts(with: "{\"type\":\"\(type)\"".utf8)
    }

    /// The number behind a key.
    func number(_ key: String) -> UInt64? {
        guard let start = end(of: "\"\(key)\":") else { return nil }
        var value: UInt64?
        for byte in bytes[start...] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { break }
            value = (value ?? 0) &* 10 &+ UInt64(byte - UInt8(ascii: "0"))
        }
        return value
    }

    /// The text behind a key.
    func text(_ key: String) -> String? {
        guard let start = end(of: "\"\(key)\":\"") else { return nil }
        return String(decoding: bytes[start...].prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
    }

    private func end(of pattern: String) -> Int? {
        let wanted = Array(pattern.utf8)
        guard bytes.count >= wanted.count else { return nil }
        for place in bytes.startIndex...(bytes.endIndex - wanted.count)
        where bytes[place] == wanted[0] && bytes[place..<place + wanted.count].elementsEqual(wanted) {
            return place + wanted.count
        }
        return nil
    }
}
