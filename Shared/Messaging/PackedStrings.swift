/// Strings of bytes, one behind the other in one piece of memory: what a stream entry consists of, at the price of two allocations however many they are.
public struct PackedStrings: Hashable, Sendable {
    private var bytes: [UInt8] = []
    /// Where each ends.
    private var ends: [Int] = []

    /// None, with room for so many.
    public init(capacity: Int = 0) {
        ends.reserveCapacity(capacity)
        bytes.reserveCapacity(capacity * 16)
    }

    /// The same strings, packed.
    public init(_ strings: some Collection<[UInt8]>) {
        self.init(capacity: strings.count)
        for string in strings {
            bytes.append(contentsOf: string)
            ends.append(bytes.count)
        }
    }

    /// How many there are.
    public var count: Int { ends.count }

    /// How many bytes they have together.
    public var size: Int { bytes.count }

    /// Puts one behind the others.
    public mutating func append(_ string: UnsafeRawBufferPointer) {
        unsafe bytes.append(contentsOf: string)
        ends.append(bytes.count)
    }

    /// One of them, where it stands.
    public subscript(_ place: Int) -> ArraySlice<UInt8> { bytes[(place == 0 ? 0 : ends[place - 1])..<ends[place]] }

    /// Whether that one is `text`.
    public func matches(_ place: Int, _ text: StaticString) -> Bool {
        let string = self[place]
        guard string.count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { unsafe string.elementsEqual($0) }
    }

    /// All of them, each by itself.
    public var all: [[UInt8]] { (0..<count).map { Array(self[$0]) } }
}
