import Testing

@testable import TestStack

struct SelfTestTests {
    @Test(arguments: 1...5)
    func whateverIsDoneToACleanRecordIsFoundAsJustThat(seed: UInt64) throws {
        for outcome in try AuditSelfTest.run(messages: 600, seed: seed) {
            #expect(outcome.isRight, "\(outcome)")
            #expect(outcome.isApplied, "\(outcome)")
        }
    }
}
