public import Logging
import Synchronization

/// A bounded number of connections, shared by many callers.
///
/// Connections are made when they are first needed. A caller who finds none free waits in line, for a bounded time and behind a
/// bounded number of others.
public final class PostgresPool: Sendable {
    private struct State {
        var machine: PoolStateMachine
        var connections: [Int: PostgresConnection] = [:]
        var waiters: [UInt64: CheckedContinuation<Result<Leased, PostgresError>, Never>] = [:]
        /// Waiters whose time was up, perhaps before they stood in line.
        var gaveUp: Set<UInt64> = []
        var nextWaiter: UInt64 = 0
    }

    private let configuration: PostgresConfiguration
    private let patience: Duration
    private let logger: Logger
    private let state: Mutex<State>

    /// A pool of at most `size` connections; at most `waiters` callers wait for one, each at most `patience`.
    public init(
        _ configuration: PostgresConfiguration, size: Int, waiters: Int = 256, patience: Duration = .seconds(2),
        logger: Logger
    ) {
        precondition(size > 0, "a pool needs at least one connection")
        self.configuration = configuration
        self.patience = patience
        self.logger = logger
        state = Mutex(State(machine: PoolStateMachine(size: size, waitersAllowed: waiters)))
    }

    /// How many connections are in use, and how many callers wait for one.
    public var usage: (leased: Int, waiting: Int) {
        state.withLock { ($0.machine.leased, $0.machine.waiting) }
    }

    /// Runs `body` on a connection that nobody else uses meanwhile.
    ///
    /// Throws `overloaded` or `closed` when there is none to be had, and what `body` throws.
    public func withConnection<Value: Sendable>(
        _ body: @Sendable (isolated PostgresConnection) throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value {
        let (index, connection) = try await lease()
        defer { release(index) }
        return try await body(connection)
    }

    /// Lends a connection for as long as `body` takes, which may wait between its statements. In `body`, nothing may be asked of this pool.
    ///
    /// Throws `overloaded` or `closed` when there is none to be had, and what `body` throws.
    public func lend<Value>(_ body: (PostgresConnection) async throws -> Value) async throws -> Value {
        let (index, connection) = try await lease()
        defer { release(index) }
        return try await body(connection)
    }

    /// Runs one statement; one that may be repeated gets a second try when the connection broke under it.
    public func execute<S: PostgresStatement>(_ statement: S) async throws(PostgresError) -> [S.Row] {
        do throws(PostgresError) {
            return try await withConnection { connection throws(PostgresError) in try connection.execute(statement) }
        } catch {
            guard S.isRepeatable, error.code == .disconnected else { throw error }
        }
        return try await withConnection { connection throws(PostgresError) in try connection.execute(statement) }
    }

    /// Lets nobody in any more and ends the connections: the idle ones now, the others when they come back.
    public func close() async {
        let (connections, waiters) = state.withLock { state in
            let (idle, waiting) = state.machine.close()
            return (
                idle.compactMap { state.connections.removeValue(forKey: $0) },
                waiting.compactMap { state.waiters.removeValue(forKey: $0) }
            )
        }
        for waiter in waiters { waiter.resume(returning: .failure(Self.error(.closed))) }
        for connection in connections { await connection.close() }
    }

    // Leases

    private typealias Leased = (Int, PostgresConnection)

    private func lease() async throws(PostgresError) -> Leased {
        if let leased = state.withLock({ take(&$0, for: nil) }) { return try leased.get() }
        return try await wait().get()
    }

    /// What the machine gives at once; nil when it is to wait, as `waiter` if it is one.
    private func take(_ state: inout State, for waiter: UInt64?) -> Result<Leased, PostgresError>? {
        switch state.machine.lease(for: waiter) {
        case .use(let index): return .success((index, state.connections[index]!))
        case .make(let index):
            let connection = PostgresConnection(configuration, logger: logger)
            state.connections[index] = connection
            return .success((index, connection))
        case .wait: return nil
        case .refuse(let code): return .failure(Self.error(code))
        }
    }

    private func wait() async -> Result<Leased, PostgresError> {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Cancelled with the caller, it gives up at once.
                try? await Task.sleep(for: self.patience)
                self.giveUp(waiter)
            }
            let result = await withCheckedContinuation { continuation in self.enter(waiter, continuation) }
            group.cancelAll()
            await group.waitForAll()
            state.withLock { _ = $0.gaveUp.remove(waiter) }
            return result
        }
    }

    private func enter(_ waiter: UInt64, _ continuation: CheckedContinuation<Result<Leased, PostgresError>, Never>) {
        let result: Result<Leased, PostgresError>? = state.withLock { state in
            // The time may have been up, or the task cancelled, before we came here.
            if state.gaveUp.contains(waiter) { return .failure(Self.error(.overloaded)) }
            let result = take(&state, for: waiter)
            if result == nil { state.waiters[waiter] = continuation }
            return result
        }
        if let result { continuation.resume(returning: result) }
    }

    private func giveUp(_ waiter: UInt64) {
        let continuation = state.withLock { state in
            state.gaveUp.insert(waiter)
            return state.machine.abandon(waiter) ? state.waiters.removeValue(forKey: waiter) : nil
        }
        continuation?.resume(returning: .failure(Self.error(.overloaded)))
    }

    private func release(_ index: Int) {
        let served: (CheckedContinuation<Result<Leased, PostgresError>, Never>, Leased)? = state.withLock { state in
            switch state.machine.release(index) {
            case .keep: return nil
            case .hand(let index, let waiter):
                return (state.waiters.removeValue(forKey: waiter)!, (index, state.connections[index]!))
            case .close(let index):
                // Its session ends with it.
                state.connections[index] = nil
                return nil
            }
        }
        if let (continuation, leased) = served { continuation.resume(returning: .success(leased)) }
    }

    private static func error(_ code: PostgresError.Code) -> PostgresError {
        switch code {
        case .closed: PostgresError(.closed, "the connections to the database have been closed")
        default: PostgresError(.overloaded, "all connections to the database are in use")
        }
    }
}
