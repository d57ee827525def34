/// A place in each of some partitions of the log: up to there everything is stored, or has to be.
struct LogPositions: Hashable, Sendable {
    private(set) var ids: [Int: StoredID] = [:]

    var isEmpty: Bool { ids.isEmpty }

    /// The place in a partition; the beginning when there is none.
    subscript(partition: Int) -> StoredID { ids[partition] ?? .zero }

    /// Moves a partition's place forward; an earlier one changes nothing.
    mutating func raise(_ partition: Int, to id: StoredID) {
        guard id > self[partition] else { return }
        ids[partition] = id
    }

    /// The later place of each partition.
    func union(_ other: LogPositions) -> LogPositions {
        var union = self
        for (partition, id) in other.ids { union.raise(partition, to: id) }
        return union
    }

    /// The earlier place of each partition.
    func capped(by other: LogPositions) -> LogPositions {
        var capped = LogPositions()
        for (partition, id) in ids { capped.raise(partition, to: min(id, other[partition])) }
        return capped
    }

    /// Those of one partition; all of them when that is nil.
    func only(_ partition: Int?) -> LogPositions {
        guard let partition else { return self }
        var one = LogPositions()
        one.raise(partition, to: self[partition])
        return one
    }

    /// Whether every place of `other` is reached.
    func covers(_ other: LogPositions) -> Bool { other.ids.allSatisfy { self[$0.key] >= $0.value } }
}
