internal import Messaging

/// The words of a script's reply that is one text with blanks between: that costs Redis and us less than an array of them.
struct ReplyWords {
    private let script: StaticString
    private var left: ArraySlice<UInt8>

    init(_ bytes: [UInt8], of script: StaticString) {
        self.script = script
        left = bytes[...]
    }

    /// The next word; nil when there is none any more.
    mutating func next() -> String? { nextBytes().map { String(decoding: $0, as: UTF8.self) } }

    /// The next word, a stream id.
    mutating func id() throws(RedisError) -> MessageID {
        guard let word = nextBytes(), let id = MessageID(utf8: word) else { throw .unexpectedReply(script) }
        return id
    }

    /// All words that have not been taken.
    var rest: [String] {
        var others = self
        var words: [String] = []
        while let word = others.next() { words.append(word) }
        return words
    }

    private mutating func nextBytes() -> ArraySlice<UInt8>? {
        guard !left.isEmpty else { return nil }
        let end = left.firstIndex(of: UInt8(ascii: " ")) ?? left.endIndex
        defer { left = end < left.endIndex ? left[(end + 1)...] : left[end...] }
        return left[..<end]
    }
}
