import CLibPQ
public import Logging

/// One session with the database, on a thread of its own.
///
/// It connects when it is first needed and again after it was lost, with a jittered back-off between: until that is over,
/// statements fail at once with the reason of the last failure. Everything is bounded in time, so cancelling a task does not
/// interrupt a statement that is under way.
public actor PostgresConnection {
    private let configuration: PostgresConfiguration
    private let thread = ConnectionThread()
    private let logger: Logger
    private var link: Link?
    private var prepared: Set<String> = []
    private var isInTransaction = false
    private var backoff = Backoff()
    private var failure: (error: PostgresError, until: ContinuousClock.Instant)?

    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }

    /// A session that connects when it is first used.
    public init(_ configuration: PostgresConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    deinit { thread.end() }

    /// Runs one statement and gives its rows.
    ///
    /// Throws `disconnected`, `timedOut`, `server` or `unexpectedResult`.
    public func execute<S: PostgresStatement>(_ statement: S) throws(PostgresError) -> [S.Row] {
        let parameters = statement.parameters
        return try guarded { link, deadline throws(PostgresError) in
            try self.prepare(S.self, parameters: parameters, on: link, until: deadline)
            try link.run(S.name, parameters: parameters)
            return try self.only(S.name, on: link, until: deadline).rows(of: S.self)
        }
    }

    /// Runs statements as one transaction and in one round trip, and gives the number of rows that each touched.
    ///
    /// Either all have taken effect or none has; when the connection broke under way (`disconnected`, `timedOut`), it is unknown which.
    public func transaction(_ statements: [any PostgresStatement]) throws(PostgresError) -> [Int] {
        guard !statements.isEmpty else { return [] }
        // Made once: of a large batch that is most of the work on this side.
        let parameters = statements.map { $0.parameters }
        return try guarded { link, deadline throws(PostgresError) in
            for (statement, values) in zip(statements, parameters) {
                try self.prepare(type(of: statement), parameters: values, on: link, until: deadline)
            }
            try link.beginPipeline()
            for (statement, values) in zip(statements, parameters) {
                try link.run(type(of: statement).name, parameters: values)
            }
            try link.sync()
            let counts = try self.pipelineResults(statements, on: link, until: deadline)
            try link.endPipeline()
            return try counts.get()
        }
    }

    /// Runs `body`, whose statements are one transaction: committed when it returns, rolled back when it throws.
    public func transaction<Value>(_ body: () throws(PostgresError) -> Value) throws(PostgresError) -> Value {
        precondition(!isInTransaction, "transactions do not nest")
        try script("begin")
        isInTransaction = true
        defer { isInTransaction = false }
        do throws(PostgresError) {
            let value = try body()
            try script("commit")
            return value
        } catch {
            if link != nil { try? script("rollback") }
            throw error
        }
    }

    /// Runs SQL from a file, of several statements if need be, that gives no rows.
    public func script(_ sql: String) throws(PostgresError) {
        try guarded { link, deadline throws(PostgresError) in
            try link.script(sql)
            _ = try self.only("a script", on: link, until: deadline)
        }
    }

    /// Ends the session; the next statement makes a new one.
    public func close() { forget() }

    // The session

    private func guarded<Value>(
        _ body: (Link, ContinuousClock.Instant) throws(PostgresError) -> Value
    ) throws(PostgresError) -> Value {
        let link = try connected()
        // The server gives up first, so that what is a slow statement and what is a dead server can be told apart.
        let deadline = ContinuousClock.now + configuration.statementTimeout + .seconds(2)
        do throws(PostgresError) {
            let value = try body(link, deadline)
            return value
        } catch {
            // A stale prepared statement (26000, 0A000) is mended by a new session too.
            let isStale = error.sqlState == "26000" || error.sqlState == "0A000"
            if error.code != .server || isStale || !link.isAlive || (!isInTransaction && !link.isIdle) {
                forget()
            }
            throw error
        }
    }

    private func connected() throws(PostgresError) -> Link {
        if let link, link.isAlive { return link }
        let wasConnected = link != nil
        forget()
        guard !isInTransaction else {
            throw PostgresError(.disconnected, "the connection was lost within a transaction")
        }
        if let failure, ContinuousClock.now < failure.until { throw failure.error }
        do throws(PostgresError) {
            let deadline = ContinuousClock.now + configuration.connectTimeout
            let link = try Link.open(configuration, until: deadline)
            try setUp(link, until: deadline)
            self.link = link
            logger.debug("connected to the database", metadata: ["again": "\(wasConnected || failure != nil)"])
            failure = nil
            backoff.reset()
            return link
        } catch {
            var generator = SystemRandomNumberGenerator()
            failure = (error, ContinuousClock.now + backoff.next(using: &generator))
            throw error
        }
    }

    private func setUp(_ link: Link, until deadline: ContinuousClock.Instant) throws(PostgresError) {
        var parameters = configuration.parameters
        parameters["statement_timeout"] = configuration.statementTimeout.milliseconds
        parameters["lock_timeout"] = configuration.lockTimeout.milliseconds
        parameters["idle_in_transaction_session_timeout"] = configuration.statementTimeout.milliseconds
        for (name, value) in parameters {
            let statement = SetParameter(parameter: name, value: value)
            try prepare(SetParameter.self, parameters: statement.parameters, on: link, until: deadline)
            try link.run(SetParameter.name, parameters: statement.parameters)
            _ = try only(SetParameter.name, on: link, until: deadline)
        }
    }

    private func forget() {
        link = nil
        prepared.removeAll(keepingCapacity: true)
    }

    // Statements

    private func prepare(
        _ statement: any PostgresStatement.Type, parameters: [PostgresParameter], on link: Link,
        until deadline: ContinuousClock.Instant
    ) throws(PostgresError) {
        guard !prepared.contains(statement.name) else { return }
        try link.prepare(statement.name, sql: statement.sql, types: parameters.map(\.type.rawValue))
        _ = try only("preparing \(statement.name)", on: link, until: deadline)
        prepared.insert(statement.name)
    }

    /// Reads all results of what was sent and gives the last one, or throws the refusal among them.
    private func only(
        _ name: String, on link: Link, until deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> LinkResult {
        var last: LinkResult?
        var refusal: PostgresError?
        while let result = try link.nextResult(until: deadline) {
            refusal = refusal ?? result.refusal(of: name)
            last = result
        }
        if let refusal { throw link.isAlive && !refusal.hangsUp ? refusal : PostgresError(broken: refusal) }
        guard let last else { throw link.failure() }
        return last
    }

    private func pipelineResults(
        _ statements: [any PostgresStatement], on link: Link, until deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> Result<[Int], PostgresError> {
        var counts: [Int] = []
        var refusal: PostgresError?
        while true {
            // nil parts the results of one statement from those of the next; the mark of the sync is the end.
            guard let result = try link.nextResult(until: deadline) else {
                guard link.isAlive, refusal?.hangsUp != true else {
                    throw refusal.map(PostgresError.init(broken:)) ?? link.failure()
                }
                continue
            }
            if result.status == PGRES_PIPELINE_SYNC { break }
            let name = counts.count < statements.count ? type(of: statements[counts.count]).name : "a statement"
            refusal = refusal ?? result.refusal(of: name)
            counts.append(result.affected)
        }
        if let refusal { return .failure(refusal) }
        return .success(counts)
    }
}

extension PostgresError {
    /// The server refused and hung up, as it does when it is being shut down.
    fileprivate init(broken refusal: PostgresError) {
        self.init(.disconnected, refusal.description, sqlState: refusal.sqlState)
    }

    /// The server ends the session after this refusal, even if the end of the stream has not arrived yet.
    fileprivate var hangsUp: Bool { ["57P01", "57P02", "57P03", "57P05", "25P03"].contains(sqlState) }
}

extension Duration {
    fileprivate var milliseconds: String {
        "\(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)"
    }
}
