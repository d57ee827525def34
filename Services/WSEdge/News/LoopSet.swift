/// Some of an edge's event loops, by number. Of more than 63, those from the 64th on are in or out together.
struct LoopSet {
    private var bits: UInt64 = 0

    static let all = LoopSet(bits: .max)

    init() {}
    private init(bits: UInt64) { self.bits = bits }

    mutating func insert(_ loop: Int) { bits |= Self.bit(loop) }
    mutating func formUnion(_ other: LoopSet) { bits |= other.bits }
    func contains(_ loop: Int) -> Bool { bits & Self.bit(loop) != 0 }

    private static func bit(_ loop: Int) -> UInt64 { 1 << UInt64(min(loop, 63)) }
}
