import CLibPQ

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// One libpq connection, non-blocking underneath, with a deadline for every wait. All calls come from one thread.
///
/// After a thrown `disconnected` or `timedOut` it is of no more use: let it go, which closes it.
@safe
final class Link {
    private let connection: OpaquePointer
    private let password: String?

    private init(_ connection: OpaquePointer, password: String?) {
        unsafe self.connection = unsafe connection
        self.password = password
    }

    deinit { unsafe PQfinish(connection) }

    // Making it

    static func open(
        _ configuration: PostgresConfiguration, until deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> Link {
        let link = try start(configuration)
        var direction = Int16(POLLOUT)
        while true {
            try link.wait(direction, until: deadline)
            switch unsafe PQconnectPoll(link.connection) {
            case PGRES_POLLING_OK:
                guard unsafe PQsetnonblocking(link.connection, 1) == 0 else { throw link.failure() }
                return link
            case PGRES_POLLING_READING: direction = Int16(POLLIN)
            case PGRES_POLLING_WRITING: direction = Int16(POLLOUT)
            default: throw link.failure()
            }
        }
    }

    private static func start(_ configuration: PostgresConfiguration) throws(PostgresError) -> Link {
        // The URL goes in as `dbname`, expanded; what follows it wins over what it says.
        let keywords = ["dbname", "fallback_application_name", "client_encoding"]
        let values = [configuration.url, configuration.applicationName, "UTF8"]
        let started = unsafe withCStrings(keywords) { keywords in
            unsafe withCStrings(values) { values in unsafe PQconnectStartParams(keywords, values, 1) }
        }
        guard let connection = unsafe started else {
            throw PostgresError(.disconnected, "no memory for a database connection")
        }
        let link = unsafe Link(connection, password: configuration.password)
        guard unsafe PQstatus(connection) != CONNECTION_BAD else { throw link.failure() }
        // So that a refusal carries its SQLSTATE, which tells a server that is starting from a wrong password.
        unsafe PQsetErrorVerbosity(connection, PQERRORS_VERBOSE)
        unsafe PQsetNoticeProcessor(connection, { _, _ in }, nil)
        return link
    }

    /// Whether the server has not hung up, as far as can be told without asking it.
    ///
    /// Looked at twice: a server that hangs up may say why first, and then it is the second look that sees the end.
    var isAlive: Bool {
        unsafe PQconsumeInput(connection) == 1 && PQconsumeInput(connection) == 1
            && PQstatus(connection) == CONNECTION_OK
    }

    /// Whether the session is outside any transaction and can be handed to the next user.
    var isIdle: Bool { unsafe PQtransactionStatus(connection) == PQTRANS_IDLE }

    // Sending

    func prepare(_ name: String, sql: String, types: [UInt32]) throws(PostgresError) {
        try check(unsafe PQsendPrepare(connection, name, sql, Int32(types.count), types))
    }

    /// Sends statements of the simple protocol, several if need be.
    func script(_ sql: String) throws(PostgresError) { try check(unsafe PQsendQuery(connection, sql)) }

    func run(_ name: String, parameters: [PostgresParameter]) throws(PostgresError) {
        // One piece of memory for all the values, so that their addresses stay put during the call.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(parameters.reduce(1) { $0 + ($1.bytes?.count ?? 0) })
        for parameter in parameters { bytes.append(contentsOf: parameter.bytes ?? []) }
        bytes.append(0)
        let lengths = parameters.map { Int32($0.bytes?.count ?? 0) }
        let formats = [Int32](repeating: 1, count: parameters.count)
        let sent = unsafe bytes.withUnsafeBytes { buffer in
            var offset = 0
            let values: [UnsafePointer<CChar>?] = unsafe parameters.map { parameter in
                guard let value = parameter.bytes else { return nil }
                defer { offset += value.count }
                return unsafe buffer.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self)
            }
            return unsafe PQsendQueryPrepared(
                connection, name, Int32(parameters.count), values, lengths, formats, 1)
        }
        try check(sent)
    }

    /// From here on statements are sent without waiting for the results of those before, as one transaction until ``sync()``.
    func beginPipeline() throws(PostgresError) { try check(unsafe PQenterPipelineMode(connection)) }

    func sync() throws(PostgresError) { try check(unsafe PQpipelineSync(connection)) }

    func endPipeline() throws(PostgresError) { try check(unsafe PQexitPipelineMode(connection)) }

    // Receiving

    /// The next result, or nil where libpq says that a statement has no more.
    func nextResult(until deadline: ContinuousClock.Instant) throws(PostgresError) -> LinkResult? {
        try flush(until: deadline)
        while unsafe PQisBusy(connection) == 1 {
            try wait(Int16(POLLIN), until: deadline)
            try check(unsafe PQconsumeInput(connection))
        }
        guard let result = unsafe PQgetResult(connection) else { return nil }
        return unsafe LinkResult(result)
    }

    private func flush(until deadline: ContinuousClock.Instant) throws(PostgresError) {
        while true {
            switch unsafe PQflush(connection) {
            case 0: return
            case 1:
                // Read as well: the server may not take more before we have taken what it sends.
                let ready = try wait(Int16(POLLIN | POLLOUT), until: deadline)
                if ready & Int16(POLLIN) != 0 { try check(unsafe PQconsumeInput(connection)) }
            default: throw failure()
            }
        }
    }

    @discardableResult
    private func wait(_ events: Int16, until deadline: ContinuousClock.Instant) throws(PostgresError) -> Int16 {
        while true {
            let left = deadline - ContinuousClock.now
            guard left > .zero else { throw PostgresError(.timedOut, "the database did not answer in time") }
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
            var descriptor = unsafe pollfd(fd: PQsocket(connection), events: events, revents: 0)
            let count = unsafe poll(&descriptor, 1, Int32(clamping: milliseconds + 1))
            if count > 0 { return descriptor.revents }
            if count < 0 && errno != EINTR {
                throw PostgresError(.disconnected, "waiting for the database failed (errno \(errno))")
            }
        }
    }

    private func check(_ result: Int32) throws(PostgresError) {
        guard result == 1 else { throw failure() }
    }

    /// What libpq says of the connection: its first line, with the SQLSTATE taken out and without the password.
    func failure() -> PostgresError {
        var text = "the connection failed"
        if let message = unsafe PQerrorMessage(connection) {
            let lines = unsafe String(cString: message).split(separator: "\n")
            // With several addresses for one name each gets a line; the last one that says something counts.
            text = lines.last { !$0.hasPrefix("LOCATION:") && !$0.hasPrefix("\t") }.map(String.init) ?? text
        }
        var state: String?
        if let found = text.firstMatch(of: #/(?:FATAL|ERROR):  ([0-9A-Z]{5}): /#) {
            state = String(found.1)
            text.replaceSubrange(found.range, with: "")
        }
        if let password, !password.isEmpty { text = text.replacing(password, with: "…") }
        return PostgresError(.disconnected, text, sqlState: state)
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: ([UnsafePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = unsafe strings.map { unsafe strdup($0) }
        defer { unsafe copies.forEach { unsafe free($0) } }
        return unsafe body(copies.map { unsafe UnsafePointer($0) } + [nil])
    }
}
