/// The fields of a stream entry as Redis hands them out: name, value, name, value …
///
/// Our producers write the fields in one fixed order, so a look-up tries the expected place first.
public struct StreamFields: Sendable {
    private let parts: PackedStrings

    /// Fields of an alternating list of names and values. A trailing name without a value is ignored.
    public init(_ parts: [[UInt8]]) { self.parts = PackedStrings(parts) }

    /// The same of a list that is packed.
    public init(_ parts: PackedStrings) { self.parts = parts }

    /// The value of the field `name`, looked for at field number `index` first; nil when there is none.
    public func value(_ name: StaticString, at index: Int) -> [UInt8]? {
        place(of: name, at: index).map { Array(parts[$0]) }
    }

    /// The value of a field that most entries do not have, and that stands at field number `index` or behind it; nil when there is none.
    public func optional(_ name: StaticString, from index: Int) -> [UInt8]? {
        place(of: name, from: index * 2).map { Array(parts[$0]) }
    }

    /// The value of a field as text.
    /// - Throws: ``MessagingError`` `badEntry`, naming the field, when it is absent or not UTF-8.
    public func text(_ name: StaticString, at index: Int) throws(MessagingError) -> String {
        guard let place = place(of: name, at: index), let text = String(validating: parts[place], as: UTF8.self) else {
            throw MessagingError(.badEntry, "the entry's field '\(name)' is missing or is not UTF-8")
        }
        return text
    }

    /// How many bytes all names and values have.
    public var size: Int { parts.size }

    /// All names with their values, in order.
    public var pairs: [(name: [UInt8], value: [UInt8])] {
        stride(from: 0, to: parts.count - 1, by: 2).map { (Array(parts[$0]), Array(parts[$0 + 1])) }
    }

    /// The fields without the first `count`.
    public func dropFirst(_ count: Int) -> StreamFields { StreamFields(Array(parts.all.dropFirst(count * 2))) }

    /// Where the value of a field stands, looked for at field number `index` first.
    private func place(of name: StaticString, at index: Int) -> Int? {
        if index * 2 + 1 < parts.count, parts.matches(index * 2, name) { return index * 2 + 1 }
        return place(of: name, from: 0)
    }

    private func place(of name: StaticString, from start: Int) -> Int? {
        var place = start
        while place + 1 < parts.count {
            if parts.matches(place, name) { return place + 1 }
            place += 2
        }
        return nil
    }
}
