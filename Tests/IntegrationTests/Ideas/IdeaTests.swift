import TestStack
import Testing

extension IntegrationTests {
    /// A check that cannot fail proves nothing: with one idea switched off the same script shows what the idea is for.
    @Suite(.serialized) struct Ideas {
        /// What a provocation brings to light in a stack without an idea, or with all.
        private func findings(
            without idea: String? = nil, _ provocation: (Provocation) async throws -> Findings
        ) async throws -> Findings {
            let stack = try await Provocation.stack(without: idea)
            do {
                let findings = try await provocation(Provocation(stack, without: idea))
                try await stack.stop()
                return findings
            } catch {
                let tails = await stack.tails()
                try? await stack.stop()
                throw TestStackError(.process, "\(error)\n\(tails)")
            }
        }

        @Test func withTheChainAPushThatIsMissedIsMadeUpFor() async throws {
            let findings = try await findings { try await $0.theEdgeMissesPushes() }
            #expect(findings == Findings())
        }

        @Test func withoutTheChainAPushThatIsMissedIsLost() async throws {
            let findings = try await findings(without: "chain") { try await $0.theEdgeMissesPushes() }
            #expect(findings.lost > 0 && findings.repeated == 0 && findings.foreign == 0, "\(findings)")
        }

        @Test func withMarksAndCommitsAfterTheEffectABatchIsDoneAgainUnseen() async throws {
            let findings = try await findings { try await $0.theRouterIsKilledInTheMiddleOfABatch() }
            #expect(findings == Findings())
        }

        @Test func withoutMarksABatchThatIsDoneAgainIsRepeated() async throws {
            let findings = try await findings(without: "marks") {
                try await $0.theRouterIsKilledInTheMiddleOfABatch()
            }
            #expect(findings.repeated > 0 && findings.lost == 0 && findings.foreign == 0, "\(findings)")
        }

        @Test func committedBeforeTheEffectABatchIsLost() async throws {
            let findings = try await findings(without: "commit-after-effect") {
                try await $0.theRouterIsKilledInTheMiddleOfABatch()
            }
            #expect(findings.lost > 0 && findings.repeated == 0 && findings.foreign == 0, "\(findings)")
        }

        @Test func withAVersionAnOldChangeChangesNothing() async throws {
            let findings = try await findings { try await $0.aPausedRouterAppliesAnOldChange() }
            #expect(findings == Findings())
        }

        @Test func withoutAVersionAnOldChangeLetsAStrangerIn() async throws {
            let findings = try await findings(without: "member-version") {
                try await $0.aPausedRouterAppliesAnOldChange()
            }
            #expect(findings.foreign > 0 && findings.lost == 0 && findings.repeated == 0, "\(findings)")
        }

        @Test func aRouterThatWasPausedDoesNotRouteWhatItReadsBehindAHole() async throws {
            let findings = try await findings { try await $0.aPausedRouterReadsBehindAHole() }
            #expect(findings == Findings())
        }
    }
}
