package import Foundation

/// Spoils a clean record in every way there is: a check that cannot fail proves nothing.
package enum AuditSelfTest {
    /// One way, and what the judge said.
    package struct Outcome: Sendable, CustomStringConvertible {
        package var mutation: String
        package var expected: AuditViolation?
        package var found: [AuditViolation: Int]
        /// Whether the record had a place for it.
        package var isApplied: Bool

        /// Whether the judge found just what was done, once.
        package var isRight: Bool { !isApplied || found == (expected.map { [$0: 1] } ?? [:]) }

        package var description: String {
            let list = found.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key.rawValue)" }.joined(separator: ", ")
            let verdict = isApplied ? (isRight ? "ok" : "WRONG") : "no place for it"
            return "\(mutation): \(list.isEmpty ? "clean" : list): \(verdict)"
        }
    }

    /// Judges and spoils a record out of memory.
    package static func run(messages: Int = 2000, seed: UInt64 = 1, onEach: (Outcome) -> Void = { _ in }) throws
        -> [Outcome]
    {
        try run(SyntheticRecord.events(messages: messages, seed: seed), SyntheticRecord.plan, seed, onEach)
    }

    /// Judges and spoils copies of the record of a run.
    package static func run(record: URL, seed: UInt64 = 1, onEach: (Outcome) -> Void = { _ in }) throws -> [Outcome] {
        let folder = RecordFolder(record)
        var events: [RecordEvent] = []
        try folder.read { events.append($0) }
        return try run(events, folder.plan(), seed, onEach)
    }

    private static func run(
        _ events: [RecordEvent], _ plan: AuditPlan, _ seed: UInt64, _ onEach: (Outcome) -> Void
    ) throws -> [Outcome] {
        var outcomes = [
            Outcome(mutation: "nothing", expected: nil, found: try judge(events, plan), isApplied: true)
        ]
        onEach(outcomes[0])
        for mutation in Mutation.allCases {
            var record = MutableRecord(events, AuditNames(plan), seed: seed)
            let isApplied = mutation.apply(to: &record)
            let found = isApplied ? try judge(record.events, plan) : [:]
            outcomes.append(
                Outcome(mutation: mutation.rawValue, expected: mutation.expected, found: found, isApplied: isApplied))
            onEach(outcomes[outcomes.count - 1])
        }
        return outcomes
    }

    private static func judge(_ events: [RecordEvent], _ plan: AuditPlan) throws -> [AuditViolation: Int] {
        let url = FileManager.default.temporaryDirectory
            .appending(path: "switchboard-self-test-" + String(UInt32.random(in: .min ... .max), radix: 36))
        defer { try? FileManager.default.removeItem(at: url) }
        let folder = RecordFolder(url)
        try folder.begin(plan)
        let writer = try RecordWriter(url.appending(path: "events.record"))
        for event in events { writer.append(event) }
        writer.close()
        if let failure = writer.failure { throw failure }
        return try AuditJudge.judge(url).violations
    }
}
