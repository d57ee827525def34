import Messaging
import Testing

@Suite struct PartitionTests {
    /// Published values of FNV-1a (64 bit): were they to change, conversations would move and lose their order.
    @Test(arguments: [
        ("", 0xcbf2_9ce4_8422_2325 as UInt64), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8),
    ])
    func thePartitionIsFNV1aFoldedModuloTheCount(_ key: String, _ hash: UInt64) {
        for count in [1, 2, 7, 16, 1024] {
            #expect(Partition.of(key, count: count) == Int((hash ^ (hash >> 32)) % UInt64(count)))
        }
    }

    /// Names that go together used to meet in few partitions, and none in others.
    @Test(arguments: ["dm:user#:user#x", "dm:agent#:customer#", "group:g#", "user#", "#"])
    func keysAreSpreadEvenly(_ pattern: String) {
        var counts = Array(repeating: 0, count: 16)
        for number in 0..<16_000 {
            counts[Partition.of(pattern.replacing("#", with: "\(number)"), count: 16)] += 1
        }
        #expect(counts.allSatisfy { (800...1200).contains($0) }, "\(counts)")
    }
}
