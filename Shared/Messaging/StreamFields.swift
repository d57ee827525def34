/// The fields of a stream entry as Redis hands them out: name, value, name, value …
///
/// Our producers write the fields in one fixed order, so a look-up tries the expected place first.
public struct StreamFields: Sendable {
    private let parts: [[UInt8]]

    /// Fields of an alternating list of names and values. A trailing name without a value is ignored.
    public init(_ parts: [[UInt8]]) { self.parts = parts }

    /// The value of the field `name`, looked for at field number `index` first; nil when there is none.
    public func value(_ name: StaticString, at index: Int) -> [UInt8]? {
        if index * 2 + 1 < parts.count, matches(parts[index * 2], name) { return parts[index * 2 + 1] }
        var place = 0
        while place + 1 < parts.count {
            if matches(parts[place], name) { return parts[place + 1] }
            place += 2
        }
        return nil
    }

    /// The value of a field that most entries do not have, and that stands at field number `index` or behind it; nil when there is none.
    public func optional(_ name: StaticString, from index: Int) -> [UInt8]? {
        var place = index * 2
        while place + 1 < parts.count {
            if matches(parts[place], name) { return parts[place + 1] }
            place += 2
        }
        return nil
    }

    /// The same as text.
    /// - Throws: ``MessagingError`` `badEntry`, naming the field, when it is absent or not UTF-8.
    public func text(_ name: StaticString, at index: Int) throws(MessagingError) -> String {
        guard let bytes = value(name, at: index), let text = String(validating: bytes, as: UTF8.self) else {
            throw MessagingError(.badEntry, "the entry's field '\(name)' is missing or is not UTF-8")
        }
        return text
    }

    /// How many bytes all names and values have.
    public var size: Int { parts.reduce(0) { $0 + $1.count } }

    /// All names with their values, in order.
    public var pairs: [(name: [UInt8], value: [UInt8])] {
        stride(from: 0, to: parts.count - 1, by: 2).map { (parts[$0], parts[$0 + 1]) }
    }

    /// The fields without the first `count`.
    public func dropFirst(_ count: Int) -> StreamFields { StreamFields(Array(parts.dropFirst(count * 2))) }

    private func matches(_ bytes: [UInt8], _ name: StaticString) -> Bool {
        guard bytes.count == name.utf8CodeUnitCount else { return false }
        return name.withUTF8Buffer { unsafe $0.elementsEqual(bytes) }
    }
}
