import Testing

@testable import Presence

@Suite struct ExpiryPacerTests {
    private let start = ContinuousClock.now

    @Test func leasesAreJudgedFromTheFirstLookOn() {
        var pacer = ExpiryPacer()
        for second in 0..<20 {
            let may = pacer.mayExpire(now: start + .seconds(second))
            #expect(may)
        }
    }

    @Test func afterAFailureEdgesAreGivenTimeToRenew() {
        var pacer = ExpiryPacer()
        _ = pacer.mayExpire(now: start)
        pacer.failed(now: start + .seconds(1))
        let may = (2...12).map { pacer.mayExpire(now: start + .seconds($0)) }
        #expect(may == [false, false, false, false, false, false, false, true, true, true, true])
    }

    @Test func aPauseOfThisProcessCountsAsSuch() {
        var pacer = ExpiryPacer()
        _ = pacer.mayExpire(now: start)
        let after = pacer.mayExpire(now: start + .seconds(30))
        let later = (1...9).map { pacer.mayExpire(now: start + .seconds(30 + $0)) }
        #expect(!after)
        #expect(later == [false, false, false, false, false, false, false, true, true])
    }
}
