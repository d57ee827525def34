import Foundation
import Testing

@testable import SwitchboardAudit
@testable import TestStack

/// What is kept of a matrix, how it is judged and shown.
@Suite struct MatrixTests {
    private func cell(
        _ fault: String = "edge-killed", seed: UInt64 = 1, _ change: (inout MatrixCell) -> Void = { _ in }
    )
        -> MatrixCell
    {
        var audit = AuditResult()
        audit.accepted = 1000
        audit.delivered = 1900
        audit.delivery.max = 5_250
        audit.recoveries = [.init(fault: "killed", began: 10, lasted: 5, reconnectSeconds: 1.25, presenceSeconds: 2)]
        var cell = MatrixCell(
            fault: fault, title: "edge: SIGKILL", seed: seed,
            conditions: .init(
                date: "2026-01-0\(seed)T00:00:00Z", machine: "2 cores", commit: "abc",
                command: "switchboard-audit matrix",
                build: "release", clients: 200, rate: 1000, duration: 60),
            audit: audit, lagSeconds: 3)
        change(&cell)
        return cell
    }

    private func withFolder(_ body: (MatrixFolder) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.path + "/matrix-\(UInt32.random(in: .min ... .max))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(MatrixFolder(path))
    }

    @Test func aRunWithoutViolationsIsClean() {
        #expect(cell().verdict == .clean)
    }

    @Test func aViolationOrAComplaintIsNot() {
        #expect(cell { $0.audit?.violations = [.lost: 1] }.verdict == .violations)
        #expect(cell { $0.complaints = ["the lag stayed"] }.verdict == .violations)
    }

    @Test func whatIsNotPromisedDoesNotCount() {
        let tolerant = cell {
            $0.audit?.violations = [.lost: 1]
            $0.unpromised = [.lost]
        }
        #expect(tolerant.verdict == .clean)
        #expect(MatrixTable(cells: [tolerant]).markdown.contains("1 lost, which is not promised here"))
    }

    @Test func aRunThatCouldNotBeJudgedHasFailed() {
        #expect(cell { $0.audit = nil }.verdict == .failed)
        #expect(cell { $0.failed = "stuck" }.verdict == .failed)
        #expect(
            cell {
                $0.audit = nil
                $0.skipped = "no root"
            }.verdict == .skipped)
    }

    @Test func resultsComeBackAsTheyWereInTheOrderOfTheMatrix() throws {
        try withFolder { folder in
            for (fault, seed) in [("redis-killed", 1), ("edge-killed", 2), ("edge-killed", 1)] as [(String, UInt64)] {
                try folder.write(cell(fault, seed: seed) { $0.audit?.violations = [.outOfOrder: 3] })
            }
            let all = try folder.all()
            #expect(all.map { "\($0.fault) \($0.seed)" } == ["edge-killed 1", "edge-killed 2", "redis-killed 1"])
            #expect(all[0].audit?.violations == [.outOfOrder: 3])
            #expect(folder.read("edge-killed", 3) == nil)
        }
    }

    @Test func aFolderWithoutResultsSaysSo() throws {
        try withFolder { folder in #expect(throws: MatrixError.self) { try folder.all() } }
    }

    @Test func aResultIsKeptOnlyForTheSameTrafficOfTheSameCommit() {
        let old = cell()
        var now = old.conditions
        now.date = "2026-02-01T00:00:00Z"
        now.command += " --resume"
        #expect(old.isResult(of: now))
        #expect(!cell { $0.failed = "stuck" }.isResult(of: now))
        now.commit = "def"
        #expect(!old.isResult(of: now))
    }

    @Test func theTableAddsTheSeedsAndShowsTheWorst() {
        let second = cell(seed: 2) {
            $0.audit?.recoveries[0].reconnectSeconds = 4
            $0.audit?.violations = [.lost: 2, .missingInHistory: 1, .refused: 5]
        }
        let table = MatrixTable(cells: [cell(), second]).markdown
        #expect(
            table.contains(
                "| edge: SIGKILL | 2000 | 3800 | 2 | 0 | 0 | 0 | 1 | 0 | 5 | 4.0 | 2.0 | 3.0 | 5.2 | 1 2 | violations |"
            ))
        #expect(table.contains("2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z"))
        #expect(table.contains("edge-killed, seed 2: 5 refused"))
    }

    @Test func whatNeverRecoveredIsShownAsNever() {
        let table = MatrixTable(cells: [cell { $0.audit?.recoveries[0].presenceSeconds = nil }]).text
        #expect(table.contains("never"))
    }

    @Test func everyFaultHasANameOfItsOwn() {
        let names = Scenario.all.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.allSatisfy { $0.isLowercase || $0 == "-" } })
    }

    @Test func anUnknownFaultIsRefused() {
        #expect(throws: MatrixError.self) { try Scenario.named(["edge-kild"]) }
    }

    @Test func eachWayOfRoutingHasResultsAndARowOfItsOwn() throws {
        try withFolder { folder in
            for routing in [nil, "ring", "broadcast"] as [String?] {
                try folder.write(cell { $0.conditions.routing = routing })
            }
            #expect(folder.read("edge-killed", 1)?.conditions.routing == nil)
            #expect(folder.read("edge-killed", 1, "ring")?.conditions.routing == "ring")
            let cells = try folder.all()
            #expect(cells.map(\.name) == ["edge-killed", "edge-killed by broadcast", "edge-killed by ring"])
            let rows = MatrixTable(cells: cells).markdown.split(separator: "\n").filter {
                $0.hasPrefix("| edge: SIGKILL")
            }
            #expect(rows.count == 3 && rows[2].hasPrefix("| edge: SIGKILL (by ring) |"))
            #expect(!cells[0].isResult(of: cells[1].conditions))
        }
    }
}
