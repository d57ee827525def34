import Messaging

/// Which edge a user belongs on, until there is a ring: rendezvous hashing over the live edges.
///
/// The same user gets the same edge as long as that edge takes sessions; when one comes or goes, only its share of users moves.
/// Source: https://en.wikipedia.org/wiki/Rendezvous_hashing
enum EdgePlacement {
    /// The edge for a user; nil when none takes sessions. Draining edges take none, and one without a URL cannot be told to anybody.
    static func edge(of user: String, among records: [String: EdgeRecord]) -> String? {
        records
            .filter { !$0.value.draining && !$0.value.url.isEmpty }
            .map { (weight: weight(user, $0.key), edge: $0.key) }
            .max { $0.weight == $1.weight ? $0.edge < $1.edge : $0.weight < $1.weight }?.edge
    }

    /// FNV-1a of both, finished as in MurmurHash3: FNV alone lets similar names have similar weights.
    /// Source: https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp (fmix64)
    private static func weight(_ user: String, _ edge: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "\(user)\n\(edge)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        hash = (hash ^ hash >> 33) &* 0xff51_afd7_ed55_8ccd
        hash = (hash ^ hash >> 33) &* 0xc4ce_b9fe_1a85_ec53
        return hash ^ hash >> 33
    }
}
