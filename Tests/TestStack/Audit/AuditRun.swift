package import Foundation

/// One audit: clients talk while something happens to the installation, everything is written down, and then judged.
package enum AuditRun {
    /// What to show while it runs.
    package struct Progress: Sendable {
        /// What is being done, such as "traffic".
        package var stage: String
        /// Seconds of it so far, and in all as far as that is known.
        package var elapsed: Double
        package var total: Double
        package var counts: AuditControl.Counts
        /// Of the deliveries since the last time.
        package var deliveriesPerSecond: Double
        package var latency: AuditResult.Latency
    }

    /// Runs a plan against a target.
    /// - Parameters:
    ///   - folder: where the record is written; made if it is not there. A minute of 1,000 messages a second takes about 45 MB.
    ///   - onProgress: called twice a second.
    ///   - meanwhile: called once traffic flows. Traffic goes on until it has returned and for the plan's settling time after it, and at least for
    ///     the plan's duration.
    /// - Throws: when it could not run, or not be judged. What was found, violations included, is in the result.
    package static func run(
        _ plan: AuditPlan, _ target: AuditTarget, folder: URL,
        onProgress: @escaping @Sendable (Progress) -> Void = { _ in },
        meanwhile: @escaping @Sendable (AuditControl) async throws -> Void = { _ in }
    ) async throws -> AuditResult {
        let record = RecordFolder(folder)
        try record.begin(plan)
        let swarm = try await Swarm(plan, target: target, folder: folder)
        let audit = Audit(plan: plan, target: target, swarm: swarm, folder: folder)
        do {
            let result = try await audit.run(onProgress, meanwhile)
            await swarm.stop()
            return result
        } catch {
            await swarm.stop()
            throw error
        }
    }

    /// Judges the record of a run once more.
    /// - Returns: what the record alone tells: no latencies and no recoveries.
    package static func judge(_ folder: URL) throws -> AuditResult { try AuditJudge.judge(folder) }
}
