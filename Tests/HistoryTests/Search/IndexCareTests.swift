import Testing

@testable import History

@Suite struct IndexCareTests {
    @Test func itTrustsUntilATurnIsRefusedAndAgainSomeTurnsLater() {
        var care = IndexCare()
        #expect(!care.isCareful)
        care.done()
        #expect(!care.isCareful)
        care.refused()
        for _ in 0..<IndexCare.turns {
            #expect(care.isCareful)
            care.done()
        }
        #expect(!care.isCareful)
    }
}
