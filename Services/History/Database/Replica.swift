import Logging
import Postgres
import ServiceLifecycle
import ServiceRuntime
import Synchronization

/// A standby of the database that requests are answered from while it has what they ask for (`DATABASE_READ_URL`).
///
/// How far it is, is asked of it on the very connection that the request's queries then run on: behind one address there may be several standbys, each as
/// far as it is.
final class Replica: Service, Sendable {
    /// The part of the readiness that this has something to say of.
    static let part = "replica"

    /// Why a request was not answered from here.
    enum Refusal: Error, Hashable, Sendable {
        /// It is not as far as the request asks.
        case behind
        /// It failed, or did not answer.
        case failed
    }

    private let configuration: PostgresConfiguration
    private let pool: PostgresPool
    private let primary: Database
    private let metrics: HistoryMetrics
    private let readiness: Readiness
    private let logger: Logger
    private let machine: Mutex<ReplicaStateMachine>

    /// A replica that is not asked until ``run()`` has seen it answer. `lag`: how far it may be behind in what is not asked for.
    init(
        _ configuration: PostgresConfiguration, connections: Int, lag: Duration, primary: Database,
        metrics: HistoryMetrics, readiness: Readiness, logger: Logger
    ) {
        var configuration = configuration
        configuration.parameters = Database.sessionParameters
        configuration.parameters["default_transaction_read_only"] = "on"
        // The primary can answer, too: one that hangs is not waited for as long.
        configuration.connectTimeout = min(configuration.connectTimeout, .seconds(2))
        configuration.statementTimeout = min(configuration.statementTimeout, .seconds(3))
        self.configuration = configuration
        pool = PostgresPool(configuration, size: connections, logger: logger)
        self.primary = primary
        self.metrics = metrics
        self.readiness = readiness
        self.logger = logger
        machine = Mutex(ReplicaStateMachine(limit: lag, now: .now))
        metrics.observe(self, pool: pool)
    }

    /// Whether it answered when it was last asked.
    var isUsable: Bool { machine.withLock { $0.isUsable } }

    /// How far it is behind.
    var lag: Duration { machine.withLock { $0.lag(now: .now) } }

    /// Runs `body`, whose queries go to one connection, if the replica is as far as `positions` and as fresh as it has to be.
    /// - Throws: ``Refusal``, or what `body` throws that does not come from the database.
    func read<Value>(
        asFarAs positions: LogPositions, in partition: Int?, _ body: (any ReadSource) async throws -> Value
    ) async throws -> Value {
        let floor = machine.withLock { $0.floor(now: .now) }
        let needed = positions.union(floor.only(partition))
        do {
            return try await pool.lend { connection in
                var source = ReplicaSource(connection: connection, metrics: metrics)
                let rows = try await source.read(PositionsQuery())
                guard let origin = rows.first?.origin, !machine.withLock({ $0.isForeign(origin) }) else {
                    note(rows)
                    throw Refusal.failed
                }
                let reached = LogPositions(rows)
                guard reached.covers(needed) else { throw Refusal.behind }
                source.positions = reached
                return try await body(source)
            }
        } catch let error as PostgresError {
            // A full pool, a query that was in the way of the recovery, a table that is not there yet: the primary can answer that.
            if error.code == .disconnected || error.code == .timedOut { failed(error) }
            throw Refusal.failed
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                await look()
                try? await Task.sleep(for: machine.withLock { $0.interval })
            }
        }
        await pool.close()
    }

    /// Asks the primary and then the replica how far they are.
    private func look() async {
        let asked = ContinuousClock.now
        // Without the primary nothing new is stored, so what it had goes on to count.
        if let rows = try? await primary.read(PositionsQuery()), let origin = rows.first?.origin {
            machine.withLock { $0.primaryHas(LogPositions(rows), origin: origin, now: asked) }
        }
        do {
            note(try await pool.execute(PositionsQuery()))
        } catch let error where error.code == .overloaded {
            // All connections are at work, so it is there.
        } catch {
            failed(error)
        }
    }

    private func note(_ rows: [PositionsQuery.Row]) {
        guard let first = rows.first else { return }
        say(
            machine.withLock {
                $0.replicaHas(
                    LogPositions(rows), origin: first.origin, isStandby: first.isStandby, now: .now)
            })
    }

    private func failed(_ error: PostgresError) { say(machine.withLock { $0.failed(error.description) }) }

    private func say(_ action: ReplicaStateMachine.Action) {
        let place = configuration.place
        switch action {
        case .none: return
        case .reportUsable:
            readiness.note(Self.part, nil)
            logger.notice("the replica answers requests", metadata: ["place": "\(place)"])
        case .reportBehind(let isStandby):
            let what = isStandby ? "" : ", and no standby: it may have been promoted"
            readiness.note(Self.part, "\(place) is too far behind\(what): requests are answered from the primary")
            logger.warning(
                "the replica is too far behind\(what): requests are answered from the primary",
                metadata: ["place": "\(place)"])
        case .reportAway(let reason):
            readiness.note(Self.part, "\(place): \(reason): requests are answered from the primary")
            logger.warning(
                "the replica cannot be used: requests are answered from the primary",
                metadata: ["place": "\(place)", "reason": "\(reason)"])
        }
    }
}

/// One of the replica's connections, for one request.
private struct ReplicaSource: ReadSource {
    let connection: PostgresConnection
    let metrics: HistoryMetrics
    var positions: LogPositions?

    func read<S: PostgresStatement>(_ statement: S) async throws(PostgresError) -> [S.Row] {
        let start = ContinuousClock.now
        defer { metrics.record(S.name, ContinuousClock.now - start) }
        do throws(PostgresError) {
            return try await connection.execute(statement)
        } catch {
            metrics.count(error)
            throw error
        }
    }
}
