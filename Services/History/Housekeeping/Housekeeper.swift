import Logging
import Postgres
import ServiceLifecycle
import ServiceRuntime

/// Keeps house: works on jobs and removes what is too old, in the one history that has the lease.
final class Housekeeper: Service, Sendable {
    private static let idlePause = Duration.seconds(2)
    /// Shorter than the lease, so that another takes over soon after it has lapsed.
    private static let elsewherePause = Duration.seconds(4)
    private static let troublePause = Duration.seconds(5)

    private let lease: HousekeepingLease
    private let jobs: JobWork
    private let retention: RetentionWork
    private let alarm: Alarm
    private let logger: Logger

    /// `alarm` is roused when there is a new job.
    init(lease: HousekeepingLease, jobs: JobWork, retention: RetentionWork, alarm: Alarm, logger: Logger) {
        self.lease = lease
        self.jobs = jobs
        self.retention = retention
        self.alarm = alarm
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            await withDiscardingTaskGroup { group in
                group.addTask { await self.keepJobs() }
                group.addTask { await self.keepRetention() }
            }
        }
        await lease.release()
    }

    private func keepJobs() async {
        while !Task.isCancelled {
            let start = ContinuousClock.now
            do throws(PostgresError) {
                switch try await jobs.turn() {
                // Half of a connection's time at most goes into this.
                case .worked: try? await Task.sleep(for: max(ContinuousClock.now - start, .milliseconds(5)))
                case .waits: try? await Task.sleep(for: .milliseconds(250))
                case .idle: await alarm.sleep(until: .now + Self.idlePause)
                case .elsewhere: try? await Task.sleep(for: Self.elsewherePause)
                }
            } catch {
                trouble("jobs", error)
                try? await Task.sleep(for: Self.troublePause)
            }
        }
    }

    private func keepRetention() async {
        while !Task.isCancelled {
            do throws(PostgresError) {
                let prune = PruneJobs(
                    milliseconds: JobBook.endedAge.inMilliseconds, kept: JobBook.endedLimit)
                _ = try await lease.slice { connection throws(PostgresError) in try connection.execute(prune) }
                let isOurs = try await retention.run(now: WallClock.milliseconds)
                try? await Task.sleep(for: isOurs ? retention.pause : min(retention.pause, .seconds(15)))
            } catch {
                trouble("retention", error)
                try? await Task.sleep(for: Self.troublePause)
            }
        }
    }

    /// A database that is away says so elsewhere, and that it is locked or busy is what happens.
    private func trouble(_ work: String, _ error: PostgresError) {
        let level: Logger.Level = error.kind == .transient ? .debug : .warning
        logger.log(
            level: level, "housekeeping has to wait", metadata: ["work": "\(work)", "reason": "\(error)"])
    }
}
