/// How conversations and users are shared out over the partitions of the log.
public enum Partition {
    /// The partition of a key: FNV-1a (64 bit) of its UTF-8, its upper half folded onto the lower one, modulo `count`.
    ///
    /// Without the fold the low bits of the hash come from the low bits of the bytes alone, and keys such as `dm:agent7:customer7` leave half of
    /// the partitions empty.
    /// A conversation's key is its id (`dm:a:b`), a user's is the user id. The result is in `0 ..< count`, and must never change
    /// for a given count: a conversation's order lives in one partition.
    /// Source: http://www.isthe.com/chongo/tech/comp/fnv/ (FNV-1a, xor-folding)
    public static func of(_ key: String, count: Int) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in key.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        return Int((hash ^ hash >> 32) % UInt64(count))
    }
}
