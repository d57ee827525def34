import Testing

@testable import History

@Suite struct LogPositionsTests {
    private func positions(_ ids: [Int: Int64]) -> LogPositions {
        var positions = LogPositions()
        for (partition, ms) in ids { positions.raise(partition, to: StoredID(ms: ms, seq: 0)) }
        return positions
    }

    @Test func aPlaceOnlyMovesForward() {
        var one = positions([1: 5])
        one.raise(1, to: StoredID(ms: 4, seq: 9))
        #expect(one == positions([1: 5]))
        one.raise(1, to: StoredID(ms: 5, seq: 1))
        #expect(one[1] == StoredID(ms: 5, seq: 1))
        #expect(one[2] == .zero)
    }

    @Test func theUnionHasTheLaterPlaceAndTheCapTheEarlier() {
        let (one, other) = (positions([1: 5, 2: 9]), positions([2: 7, 3: 1]))
        #expect(one.union(other) == positions([1: 5, 2: 9, 3: 1]))
        #expect(one.capped(by: other) == positions([2: 7]))
        #expect(other.capped(by: one) == positions([2: 7]))
        #expect(one.only(2) == positions([2: 9]))
        #expect(one.only(4).isEmpty)
        #expect(one.only(nil) == one)
    }

    @Test func coveringNeedsEveryPlace() {
        let reached = positions([1: 5, 2: 9])
        #expect(reached.covers(positions([1: 5, 2: 8])))
        #expect(reached.covers(LogPositions()))
        #expect(!reached.covers(positions([1: 6])))
        #expect(!reached.covers(positions([3: 1])))
    }
}
