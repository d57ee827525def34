import Foundation
import TestStack
import Testing

@testable import SwitchboardAudit

/// The matrix in small, with every test run: three faults, 20 s of little traffic each. `make audit` runs all of them in earnest.
@Suite(.serialized) struct ShortAuditTests {
    @Test(arguments: ["edge-killed", "router-killed", "redis-killed"])
    func nothingIsLostRepeatedOrReordered(_ fault: String) async throws { try await audit(fault, by: nil) }

    @Test(arguments: [("edge-killed", "ring"), ("router-killed", "broadcast")])
    func norByAnotherWayOfRouting(_ fault: String, _ routing: String) async throws {
        try await audit(fault, by: routing)
    }

    /// By the application's end of the library.
    @Test(arguments: ["edge-killed", "router-killed"])
    func norToTheLibrary(_ fault: String) async throws { try await audit(fault, by: nil, speaks: .library) }

    private func audit(_ fault: String, by routing: String?, speaks: SwarmProtocol? = nil) async throws {
        let evidence = FileManager.default.temporaryDirectory.appending(path: "switchboard-audit-\(fault)-\(getpid())")
        let conditions = MatrixCell.Conditions(
            date: "", machine: "", commit: "", command: "", build: "", clients: 40, rate: 100, duration: 20,
            routing: routing, speaks: speaks)
        // How long it may take is for `make audit`, on a machine that does nothing else: here only that it happens.
        let scenario = try #require(Scenario.named([fault]).first).with { scenario in
            scenario.traffic = { plan in
                plan.reconnectLimit = .seconds(60)
                plan.presenceLimit = .seconds(60)
            }
        }
        let cell = await MatrixRun(scenario: scenario, seed: 1, conditions: conditions, evidence: evidence).run()
        #expect(cell.verdict == .clean, "\(cell.explanation)\nRecord and logs: \(evidence.path)")
        let audit = try #require(cell.audit)
        #expect(audit.accepted >= 1500)
        #expect(audit.delivered == audit.expected)
        #expect(audit.expected >= audit.accepted)
        #expect(audit.rows == audit.accepted)
        #expect(audit.recoveries.count == 1)
        #expect(audit.reconnectSeconds != nil)
        #expect(audit.presenceSeconds != nil)
        #expect(cell.lagSeconds != nil)
    }
}

extension MatrixCell {
    /// Why it is not clean, for the message of a failed test.
    fileprivate var explanation: String {
        let examples = (audit?.examples ?? []).prefix(3).map {
            "\($0.kind): \($0.text)\n\($0.history.joined(separator: "\n"))"
        }
        return ([failed, skipped].compactMap(\.self) + complaints + examples).joined(separator: "\n")
    }
}
