import Testing

@testable import History

@Suite struct IntervalTests {
    private func interval(_ after: Int64, _ before: Int64) -> Interval {
        Interval(after: StoredID(ms: after, seq: 0), before: StoredID(ms: before, seq: 0))
    }

    @Test func theIntersectionIsWhatIsInBoth() {
        #expect(interval(1, 5).intersection(interval(3, 9)) == interval(3, 5))
        #expect(interval(1, 5).intersection(.all) == interval(1, 5))
        #expect(interval(1, 5).intersection(interval(5, 9)) == nil)
    }

    @Test func theEndsAreNotInIt() {
        #expect(!interval(1, 5).contains(StoredID(ms: 1, seq: 0)))
        #expect(interval(1, 5).contains(StoredID(ms: 1, seq: 1)))
        #expect(!interval(1, 5).contains(StoredID(ms: 5, seq: 0)))
    }
}
