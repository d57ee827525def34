import Testing

@testable import SwitchboardAudit

/// An edge joins, leaves and dies in small: `switchboard-audit ring` does it in earnest.
@Suite(.serialized) struct RingRunTests {
    @Test(arguments: RingRun.Fault.allCases)
    func onlyThoseMoveWhoMustAndNothingIsLost(_ fault: RingRun.Fault) async throws {
        let plan = RingRun.Plan(
            fault: fault, sessions: 150, edges: 2, talkers: 10, rate: 20, moveRate: 50, hysteresis: 2,
            limit: .seconds(120))
        let result = try await RingRun(plan: plan, show: { _ in }).run()
        #expect(result.complaints.isEmpty)
        #expect(result.due > 0 && result.moved == result.due && result.astray == 0)
        #expect(result.sent > 100 && result.delivered == result.sent)
    }
}
