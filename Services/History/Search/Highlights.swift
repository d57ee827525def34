/// What a search meets in a message: the strings of its data in which something was met, cut to what is around.
///
/// Each is a list of pieces, in turn beside what was met and met itself, so that a client shows it without parsing markup: `["say ","hello"," again"]`.
struct Highlights: Hashable, Sendable {
    /// The marks that `search_headline` puts around what was met.
    private static let marks: (begin: UInt8, end: UInt8) = (2, 3)
    /// How many strings of a message are told, at most.
    private static let most = 3

    let strings: [[String]]

    /// Reads them from data with marks in its strings.
    init(marked data: [UInt8]) {
        var strings: [[String]] = []
        var reader = JSONStrings(data)
        while strings.count < Self.most, let string = reader.next() {
            let pieces = Self.pieces(string)
            if pieces.count > 1 { strings.append(pieces) }
        }
        self.strings = strings
    }

    private static func pieces(_ string: [UInt8]) -> [String] {
        var pieces: [[UInt8]] = [[]]
        for byte in string {
            let isWithin = pieces.count.isMultiple(of: 2)
            if byte == (isWithin ? marks.end : marks.begin) {
                pieces.append([])
            } else if byte != marks.begin, byte != marks.end {
                pieces[pieces.count - 1].append(byte)
            }
        }
        return pieces.map { String(decoding: $0, as: UTF8.self) }
    }
}
