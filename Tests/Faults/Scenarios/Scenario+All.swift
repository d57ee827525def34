extension Scenario {
    /// Every fault of the matrix, in the order of its table. A new one is added here.
    static let all: [Scenario] =
        processes + stores + links + scaling + restarts + [.redisKilledWhileHistoryIsBehind] + failovers + [.fullDisk]

    /// The faults of these names, or all of them when none is given.
    /// - Throws: ``MatrixError`` for a name that there is not.
    static func named(_ names: [String]) throws(MatrixError) -> [Scenario] {
        guard !names.isEmpty else { return all }
        for name in names where !all.contains(where: { $0.name == name }) {
            throw MatrixError("there is no fault \(name): `switchboard-audit matrix --list` names them")
        }
        return all.filter { names.contains($0.name) }
    }
}
