import Foundation
import Testing

@testable import TestStack

@Suite(.serialized) struct AuditRunTests {
    /// Runs a short audit of a stack of its own.
    private func withAudit(
        _ plan: AuditPlan, _ stackPlan: Stack.Plan = .init(), _ body: (AuditResult, URL) throws -> Void
    ) async throws {
        let stack = try await Stack.start(stackPlan)
        do {
            let folder = URL(fileURLWithPath: try TemporaryFolders.make("record"))
            let result = try await AuditRun.run(plan, stack.auditTarget, folder: folder)
            let logs = result.isClean ? "" : await stack.tails()
            #expect(result.isClean, "\(result)\n\(logs)")
            #expect(result.accepted == result.sent)
            #expect(result.delivered == result.expected)
            #expect(result.rows == result.accepted)
            try body(result, folder)
        } catch {
            try? await stack.stop()
            throw error
        }
        try await stack.stop()
    }

    private let plan = AuditPlan {
        $0.clients = 24
        $0.groups = 3
        $0.groupSize = 4
        $0.rate = 100
        $0.duration = .seconds(6)
        $0.churn = 4
        $0.changes = 3
        $0.patience = .seconds(60)
        $0.presenceLimit = .seconds(60)
    }

    @Test func aCleanRunIsCleanAndWhateverIsDoneToItsRecordIsFound() async throws {
        try await withAudit(plan) { result, folder in
            #expect(result.accepted > 100)
            #expect(result.membershipChanges > 3)
            for outcome in try AuditSelfTest.run(record: folder) {
                // Not every run has a place for everything; the record made in memory has.
                #expect(outcome.isRight, "\(outcome)")
            }
        }
    }

    @Test func whatHoldsInJSONHoldsInSTOMP() async throws {
        var plan = plan
        plan.speaks = .stomp
        try await withAudit(plan) { result, _ in #expect(result.accepted > 100) }
    }

    @Test func norDoesSockJSTakeAnythingFromIt() async throws {
        var plan = plan
        plan.speaks = .sockjs
        try await withAudit(plan) { result, _ in #expect(result.accepted > 100) }
    }

    @Test func whatHoldsForOwnClientsHoldsForTheLibrary() async throws {
        var plan = plan
        plan.speaks = .library
        try await withAudit(plan) { result, _ in #expect(result.accepted > 100) }
    }

    @Test func theLibraryFetchesWhatAnInboxNoLongerHolds() async throws {
        var plan = plan
        plan.speaks = .library
        plan.churn = 8
        try await withAudit(plan, .init { $0.environment["INBOX_CAPACITY"] = "20" }) { result, _ in
            #expect(result.gaps > 0)
            #expect(result.synced > 0)
        }
    }

    @Test func whatAnInboxNoLongerHoldsIsFetchedFromSync() async throws {
        var plan = plan
        plan.churn = 8
        try await withAudit(plan, .init { $0.environment["INBOX_CAPACITY"] = "20" }) { result, _ in
            #expect(result.gaps > 0)
            #expect(result.synced > 0)
        }
    }
}
