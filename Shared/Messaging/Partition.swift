/// How conversations and users are shared out over the partitions of the log.
public enum Partition {
    /// The partition of a key: FNV-1a (64 bit) of its UTF-8, modulo `count`.
    ///
    /// A conversation's key is its id (`dm:a:b`), a user's is the user id. The result is in `0 ..< count`, and must never change
    /// for a given count: a conversation's order lives in one partition.
    /// Source: http://www.isthe.com/chongo/tech/comp/fnv/
    public static func of(_ key: String, count: Int) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in key.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        return Int(hash % UInt64(count))
    }
}
