internal import CHiredis
internal import Glibc

/// One TCP link to Redis through hiredis. It belongs to the thread that made it.
///
/// Any error or time-out leaves the context unusable: the owner drops the link and makes another.
@safe struct HiredisLink: ~Copyable {
    private let context: UnsafeMutablePointer<redisContext>

    private init(_ context: UnsafeMutablePointer<redisContext>) { unsafe self.context = context }

    /// Connects, authenticates, selects the database, names the connection and loads the scripts.
    static func connect(
        _ configuration: RedisConfiguration, name: String, scripts: [RedisScript]
    ) throws(RedisError) -> HiredisLink {
        guard
            let context = unsafe redisConnectWithTimeout(
                configuration.host, Int32(configuration.port), time(configuration.connectTimeout))
        else { throw RedisError(.disconnected, "out of memory for a connection to Redis") }
        let link = unsafe HiredisLink(context)
        if unsafe context.pointee.err != 0 {
            throw RedisError(
                .disconnected, "cannot connect to Redis at \(configuration.endpoint): \(unsafe message(context))")
        }
        unsafe redisEnableKeepAlive(context)
        guard unsafe redisSetTimeout(context, time(configuration.replyTimeout)) == REDIS_OK else {
            throw RedisError(.disconnected, "cannot set the time-out of the link to Redis")
        }
        if let password = configuration.password {
            let credentials = configuration.username.map { [$0, password] } ?? [password]
            _ = try link.call(RedisCommand("AUTH", credentials.map { .text($0) }))
        }
        if configuration.database != 0 {
            _ = try link.call(RedisCommand("SELECT", .integer(Int64(configuration.database))))
        }
        // Only for CLIENT LIST: a user without the right to it goes without.
        try link.append(RedisCommand("CLIENT", "SETNAME", .text(name)))
        _ = try link.reply()
        for script in scripts { try link.load(script) }
        return link
    }

    deinit { unsafe redisFree(context) }

    /// Loads a script, so that it can be called by its digest.
    func load(_ script: RedisScript) throws(RedisError) {
        let reply = try call(RedisCommand("SCRIPT", "LOAD", .bytes(script.source)))
        guard reply.string == script.digest else { throw .unexpectedReply("SCRIPT LOAD") }
    }

    /// Sends one command and waits for its reply.
    func call(_ command: RedisCommand) throws(RedisError) -> RedisValue {
        try append(command)
        return try reply().get()
    }

    /// Puts a command into the output buffer.
    func append(_ command: RedisCommand) throws(RedisError) {
        let status = unsafe command.bytes.withUnsafeBytes { bytes in
            unsafe redisAppendFormattedCommand(
                context, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        guard status == REDIS_OK else { throw RedisError(.disconnected, "out of memory for a command to Redis") }
    }

    /// Writes what is buffered and waits for the next reply. An error that Redis answers is a failure; a broken link throws.
    func reply() throws(RedisError) -> Result<RedisValue, RedisError> {
        var pointer: UnsafeMutableRawPointer?
        guard unsafe redisGetReply(context, &pointer) == REDIS_OK, let raw = unsafe pointer else {
            // hiredis says EAGAIN when the reply time-out has passed.
            let failedIO = unsafe context.pointee.err == REDIS_ERR_IO
            let timedOut = failedIO && (errno == EAGAIN || errno == EWOULDBLOCK)
            throw timedOut
                ? RedisError(.timedOut, "Redis did not answer in time")
                : RedisError(.disconnected, "the link to Redis broke: \(unsafe Self.message(context))")
        }
        defer { unsafe freeReplyObject(raw) }
        let reply = unsafe raw.assumingMemoryBound(to: redisReply.self)
        if unsafe reply.pointee.type == REDIS_REPLY_ERROR {
            return .failure(.server(String(decoding: unsafe Self.bytes(reply), as: UTF8.self)))
        }
        return .success(unsafe Self.value(reply))
    }

    /// Whether the other side has closed an idle link, or sent what nobody asked for.
    var isStale: Bool {
        var poller = unsafe pollfd(fd: context.pointee.fd, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&poller, 1, 0) != 0
    }

    private static func value(_ reply: UnsafeMutablePointer<redisReply>) -> RedisValue {
        switch unsafe reply.pointee.type {
        case REDIS_REPLY_STRING: .bytes(unsafe bytes(reply))
        case REDIS_REPLY_INTEGER: .integer(unsafe reply.pointee.integer)
        case REDIS_REPLY_STATUS: .status(String(decoding: unsafe bytes(reply), as: UTF8.self))
        case REDIS_REPLY_ERROR: .error(String(decoding: unsafe bytes(reply), as: UTF8.self))
        case REDIS_REPLY_ARRAY:
            .array(
                (0..<Int(unsafe reply.pointee.elements)).map { index in
                    guard let element = unsafe reply.pointee.element[index] else { return .null }
                    return unsafe value(element)
                })
        default: .null
        }
    }

    private static func bytes(_ reply: UnsafeMutablePointer<redisReply>) -> [UInt8] {
        unsafe Array(UnsafeRawBufferPointer(start: reply.pointee.str, count: Int(reply.pointee.len)))
    }

    private static func message(_ context: UnsafeMutablePointer<redisContext>) -> String {
        unsafe withUnsafeBytes(of: &context.pointee.errstr) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private static func time(_ duration: Duration) -> timeval {
        let parts = duration.components
        return timeval(tv_sec: Int(parts.seconds), tv_usec: Int(parts.attoseconds / 1_000_000_000_000))
    }
}
