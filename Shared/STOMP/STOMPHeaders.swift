/// The headers of a frame, in their order. Names are case-sensitive; of a repeated name the first entry holds.
public struct STOMPHeaders: Hashable, Sendable {
    /// One header, unescaped.
    public struct Entry: Hashable, Sendable {
        public var name: String
        public var value: String

        /// A header of its name and value.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// All headers as they came, repeated ones too.
    public private(set) var entries: [Entry] = []

    /// No headers.
    public init() {}

    /// The value of the first header of this name.
    public subscript(_ name: String) -> String? {
        entries.first { $0.name.isSame(as: name) }?.value
    }

    /// Adds a header behind the others.
    public mutating func append(_ name: String, _ value: String) { entries.append(Entry(name, value)) }

    /// The same headers without blanks around names and values. 1.0 has them padded in its own examples; later versions forbid it.
    func trimmed() -> STOMPHeaders {
        var result = STOMPHeaders()
        for entry in entries { result.append(entry.name.trimmed, entry.value.trimmed) }
        return result
    }
}

extension STOMPHeaders: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { append(name, value) }
    }
}
