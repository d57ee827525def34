/// Edges on a consistent-hash ring: where each user belongs, computed the same by everyone who knows the edges.
///
/// Each edge stands on the ring at 64 points for each unit of its weight. A user belongs to the edge at the first point at or after the
/// user's own place. So an edge that comes takes about its share from all others and nothing else moves; one that goes gives its share to
/// all others. Where points and users stand is part of the contract between services of different versions: it must not change.
/// Source: Karger et al., Consistent Hashing and Random Trees (1997); with a bound, Mirrokni et al., https://arxiv.org/abs/1608.01350
public struct HashRing: Hashable, Sendable {
    /// An edge on the ring.
    public struct Edge: Hashable, Sendable {
        /// What an edge weighs that does not say.
        public static let usualWeight = 10
        /// What an edge may weigh.
        public static let weights = 1...100

        /// The edge's id.
        public let id: String
        /// Its capacity in relation to the others', 1 to 100.
        public let weight: Int

        /// An edge; the weight is brought into its bounds.
        public init(id: String, weight: Int = usualWeight) {
            self.id = id
            self.weight = min(max(weight, Self.weights.lowerBound), Self.weights.upperBound)
        }
    }

    /// Points for each unit of weight. An edge of the usual weight has 640: its part of the ring strays from its due by about 1/√640, 4 %.
    public static let pointsPerWeight = 64

    /// The edges, by id.
    public let edges: [Edge]
    private let places: [UInt64]
    private let owners: [UInt32]

    /// The ring of these edges; of several with one id the last counts. Without edges nobody belongs anywhere.
    public init(_ edges: some Sequence<Edge> = []) {
        let byID = Dictionary(edges.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        self.edges = byID.values.sorted { $0.id < $1.id }
        var points: [(place: UInt64, owner: UInt32)] = []
        points.reserveCapacity(self.edges.reduce(0) { $0 + $1.weight } * Self.pointsPerWeight)
        for (number, edge) in self.edges.enumerated() {
            let seed = Self.hash(edge.id)
            for point in 0..<(edge.weight * Self.pointsPerWeight) {
                points.append((Self.mix(seed &+ UInt64(point) &* 0x9E37_79B9_7F4A_7C15), UInt32(number)))
            }
        }
        // Two points in one place, however rare, must fall out the same everywhere: the lower id is first.
        points.sort { ($0.place, $0.owner) < ($1.place, $1.owner) }
        places = points.map(\.place)
        owners = points.map(\.owner)
    }

    /// Whether there is no edge.
    public var isEmpty: Bool { edges.isEmpty }

    /// The edge with this id.
    public subscript(id: String) -> Edge? { edges.first { $0.id == id } }

    /// The edge that a user belongs on; nil when there is none.
    public func owner(of user: String) -> String? {
        guard !places.isEmpty else { return nil }
        return edges[Int(owners[first(at: Self.place(of: user))])].id
    }

    /// The first edge from the user's place on that may take another session by `admits`; nil when none may.
    ///
    /// With `admits` as in ``RingBounds`` this is consistent hashing with bounded loads. Each edge is asked at most once.
    public func owner(of user: String, where admits: (Edge) -> Bool) -> String? {
        guard !places.isEmpty else { return nil }
        let start = first(at: Self.place(of: user))
        var refused: [UInt32] = []
        for step in 0..<owners.count {
            let owner = owners[(start + step) % owners.count]
            guard !refused.contains(owner) else { continue }
            if admits(edges[Int(owner)]) { return edges[Int(owner)].id }
            refused.append(owner)
            if refused.count == edges.count { break }
        }
        return nil
    }

    /// The part of the ring that belongs to each edge, 0 to 1; all together 1.
    public var shares: [String: Double] {
        guard edges.count > 1 else { return Dictionary(uniqueKeysWithValues: edges.map { ($0.id, 1) }) }
        var sums = [Double](repeating: 0, count: edges.count)
        for (number, place) in places.enumerated() {
            // The arc that ends at this point; the first one goes through zero.
            let arc = place &- (number == 0 ? places[places.count - 1] : places[number - 1])
            sums[Int(owners[number])] += Double(arc) / 0x1p64
        }
        return Dictionary(uniqueKeysWithValues: zip(edges.map(\.id), sums))
    }

    private func first(at place: UInt64) -> Int {
        var low = 0
        var high = places.count
        while low < high {
            let middle = (low + high) / 2
            if places[middle] < place { low = middle + 1 } else { high = middle }
        }
        return low == places.count ? 0 : low
    }

    private static func place(of user: String) -> UInt64 { mix(hash(user)) }

    /// FNV-1a, 64 bits. Source: http://www.isthe.com/chongo/tech/comp/fnv/
    private static func hash(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return hash
    }

    /// Spreads close numbers over the whole ring (SplitMix64). Source: https://prng.di.unimi.it/splitmix64.c
    private static func mix(_ value: UInt64) -> UInt64 {
        var value = value &+ 0x9E37_79B9_7F4A_7C15
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

extension HashRing.Edge: Codable {
    private enum CodingKeys: String, CodingKey {
        case id = "edge"
        case weight
    }

    /// Reads `{"edge","weight"}`.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try values.decode(String.self, forKey: .id), weight: try values.decode(Int.self, forKey: .weight))
    }
}
