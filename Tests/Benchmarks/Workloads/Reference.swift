/// Work whose cost is known and does not change with the product: what a workload is compared with.
public enum Reference: Hashable, Sendable {
    /// For what reads and writes bytes: this many are copied into a new array, and summed up one by one.
    case bytes(Int)
    /// For what decides: this many steps, of which each needs the one before.
    case steps(Int)

    /// One slice: ``Workload/operations`` times.
    public func slice() -> () -> Void {
        switch self {
        case .bytes(let count):
            let source = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            return { for _ in 0..<Workload.operations { keep(Self.copied(source)) } }
        case .steps(let count):
            return { for start in 0..<Workload.operations { keep(Self.stepped(count, from: UInt64(start) + 1)) } }
        }
    }

    /// A copy with its checksum behind (FNV-1a). Source: http://www.isthe.com/chongo/tech/comp/fnv/
    @inline(never)
    private static func copied(_ source: [UInt8]) -> [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(source.count + 8)
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in source {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
            copy.append(byte)
        }
        copy.append(UInt8(truncatingIfNeeded: hash))
        return copy
    }

    /// A number many steps after another one (xorshift). Source: https://www.jstatsoft.org/article/view/v008i14
    @inline(never)
    private static func stepped(_ count: Int, from start: UInt64) -> UInt64 {
        var state = start
        var highest: UInt64 = 0
        for _ in 0..<count {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            highest = max(highest, state)
        }
        return highest ^ state
    }
}
