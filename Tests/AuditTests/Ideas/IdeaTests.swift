import TestStack
import Testing

/// A check that cannot fail proves nothing: with one idea switched off the same script is caught by the auditor, by what the idea is there to prevent.
@Suite(.serialized) struct Ideas {
    /// What the auditor says of a provocation in a stack without an idea, or with all.
    private func verdict(
        without idea: String? = nil, crowd: Int = 100, _ provoke: (Provocation) async throws -> Void
    ) async throws -> AuditResult {
        let stack = try await Provocation.stack(without: idea)
        do {
            let provocation = Provocation(stack, without: idea, crowd: crowd)
            try await provoke(provocation)
            try await stack.stop()
            return try provocation.script.judge()
        } catch {
            let tails = await stack.tails()
            try? await stack.stop()
            throw TestStackError(.process, "\(error)\n\(tails)")
        }
    }

    private func expect(
        _ verdict: AuditResult, _ kinds: Set<AuditViolation>, _ location: SourceLocation = #_sourceLocation
    ) {
        let examples = verdict.examples.prefix(3).map { "\($0.kind.rawValue): \($0.text)" }.joined(separator: "\n")
        #expect(Set(verdict.violations.keys) == kinds, "\(verdict.violations)\n\(examples)", sourceLocation: location)
        #expect(verdict.accepted > 0 && verdict.delivered > 0 && verdict.unanswered == 0, sourceLocation: location)
    }

    @Test func withTheChainAPushThatIsMissedIsMadeUpFor() async throws {
        expect(try await verdict { try await $0.theEdgeMissesPushes() }, [])
    }

    @Test func withoutTheChainAPushThatIsMissedIsLost() async throws {
        expect(try await verdict(without: "chain") { try await $0.theEdgeMissesPushes() }, [.lost])
    }

    @Test func withMarksAndCommitsAfterTheEffectABatchIsDoneAgainUnseen() async throws {
        expect(try await verdict { try await $0.theRouterIsKilledInTheMiddleOfABatch() }, [])
    }

    @Test func withoutMarksABatchThatIsDoneAgainIsRepeated() async throws {
        expect(
            try await verdict(without: "marks") { try await $0.theRouterIsKilledInTheMiddleOfABatch() }, [.repeated])
    }

    @Test func committedBeforeTheEffectABatchIsLost() async throws {
        expect(
            try await verdict(without: "commit-after-effect") { try await $0.theRouterIsKilledInTheMiddleOfABatch() },
            [.lost])
    }

    @Test func withAVersionAnOldChangeChangesNothing() async throws {
        expect(try await verdict { try await $0.aPausedRouterAppliesAnOldChange() }, [])
    }

    @Test func withoutAVersionAnOldChangeLetsAStrangerIn() async throws {
        expect(
            try await verdict(without: "member-version") { try await $0.aPausedRouterAppliesAnOldChange() },
            [.foreign])
    }

    @Test func aRouterThatWasPausedDoesNotRouteWhatItReadsBehindAHole() async throws {
        expect(try await verdict(crowd: 0) { try await $0.aPausedRouterReadsBehindAHole() }, [])
    }
}
