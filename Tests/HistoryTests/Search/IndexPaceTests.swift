import Testing

@testable import History

@Suite struct IndexPaceTests {
    @Test func itGrowsWhileThereIsMoreAndItGoesQuickly() {
        var pace = IndexPace()
        #expect(pace.done(pace.size, in: .milliseconds(20)) == .milliseconds(20))
        #expect(pace.size == 1000)
        for _ in 0..<5 { _ = pace.done(pace.size, in: .milliseconds(20)) }
        #expect(pace.size == IndexPace.most)
        // Neither quick nor long: it stays.
        #expect(pace.done(pace.size, in: .milliseconds(300)) == .milliseconds(300))
        #expect(pace.size == IndexPace.most)
    }

    @Test func aTurnThatIsLongMakesTheNextOneShorter() {
        var pace = IndexPace()
        #expect(pace.done(pace.size, in: .seconds(3)) == .seconds(3))
        #expect(pace.size == 250)
        for _ in 0..<20 { _ = pace.done(pace.size, in: .seconds(3)) }
        #expect(pace.size == 1)
    }

    @Test func itLooksAwayWhenThereIsNothingMore() {
        var pace = IndexPace()
        #expect(pace.done(499, in: .milliseconds(1)) == IndexPace.idle)
        #expect(pace.done(0, in: .milliseconds(1)) == IndexPace.idle)
        #expect(pace.size == 500)
        #expect(pace.done(500, in: .zero) > .zero)
    }

    @Test func whatFailsIsTriedAgainWithLess() {
        var pace = IndexPace()
        #expect(pace.failed() >= .seconds(1))
        #expect(pace.size == 125)
        for _ in 0..<10 { _ = pace.failed() }
        #expect(pace.size == 1)
    }
}
