internal import CHiredis
internal import Glibc

/// One TCP link to Redis through hiredis. It belongs to the thread that made it.
///
/// Any error or time-out leaves the context unusable: the owner drops the link and makes another.
@safe struct HiredisLink: ~Copyable {
    /// What Redis knows a link by. Both together are never another link's, not even after Redis was started anew.
    struct Identity: Hashable, Sendable {
        var id: String
        /// Where the link comes from, as Redis sees it.
        var address: String
    }

    private let context: UnsafeMutablePointer<redisContext>
    private let replies = ReplyBuilder()
    /// Which history of writes the server has: another one after a restart of Redis, and after another server became master. What was written in the one
    /// before may be partly gone. Empty when Redis does not tell.
    private(set) var timeline = ""
    private(set) var identity: Identity?
    private(set) var server: Sentinels.Address?

    private init(_ context: UnsafeMutablePointer<redisContext>) {
        unsafe self.context = context
        unsafe replies.attach(to: context)
    }

    /// Connects to the master, authenticates, selects the database, names the connection and loads the scripts.
    ///
    /// - Parameter predecessor: A link that this one takes the place of, and that broke. Redis is made to close it first: what it has received from that
    ///   link and not looked at yet, since it was stopped or slow, must not be done after what this one sends.
    static func connect(
        _ configuration: RedisConfiguration, name: String, scripts: [RedisScript], after predecessor: Identity? = nil
    ) throws(RedisError) -> HiredisLink {
        let server = try configuration.sentinels?.find(configuration) ?? configuration.address
        var link = try open(
            server, connectTimeout: configuration.connectTimeout, replyTimeout: configuration.replyTimeout)
        try link.authenticate(configuration)
        try link.close(predecessor)
        if configuration.database != 0 {
            _ = try link.call(RedisCommand("SELECT", .integer(Int64(configuration.database))))
        }
        // Only for CLIENT LIST: a user without the right to it goes without.
        try link.append(RedisCommand("CLIENT", "SETNAME", .text(name.replacing(" ", with: "_"))))
        _ = try link.reply()
        link.identity = try link.whoAmI()
        link.timeline = try link.timelineOfMaster(server)
        link.server = server
        try link.waitForClock(configuration.clock)
        for script in scripts { try link.load(script) }
        return link
    }

    /// Connects, and nothing more.
    static func open(
        _ server: Sentinels.Address, connectTimeout: Duration, replyTimeout: Duration
    ) throws(RedisError) -> HiredisLink {
        guard
            let context = unsafe redisConnectWithTimeout(server.host, Int32(server.port), time(connectTimeout))
        else { throw RedisError(.disconnected, "out of memory for a connection to Redis") }
        let link = unsafe HiredisLink(context)
        if unsafe context.pointee.err != 0 {
            throw RedisError(.disconnected, "cannot connect to Redis at \(server): \(unsafe message(context))")
        }
        guard unsafe redisSetTimeout(context, time(replyTimeout)) == REDIS_OK else {
            throw RedisError(.disconnected, "cannot set the time-out of the link to Redis")
        }
        link.watchOverSilence(replyTimeout)
        return link
    }

    deinit {
        // What a broken link has not sent yet must not arrive later: the kernel would go on trying for minutes.
        if unsafe context.pointee.err != 0 { set(SOL_SOCKET, SO_LINGER, linger(l_onoff: 1, l_linger: 0)) }
        unsafe redisFree(context)
    }

    // MARK: Sockets

    /// A link that was cut without a word is noticed by a time-out of the reply; where nothing is asked, by the kernel, which asks the other side every few seconds.
    private func watchOverSilence(_ limit: Duration) {
        set(SOL_SOCKET, SO_KEEPALIVE, CInt(1))
        set(CInt(IPPROTO_TCP), TCP_KEEPIDLE, CInt(3))
        set(CInt(IPPROTO_TCP), TCP_KEEPINTVL, CInt(1))
        set(CInt(IPPROTO_TCP), TCP_KEEPCNT, CInt(3))
        set(CInt(IPPROTO_TCP), TCP_USER_TIMEOUT, CInt(clamping: limit.inMilliseconds))
    }

    private func set<Value: BitwiseCopyable>(_ level: CInt, _ option: CInt, _ value: Value) {
        var value = value
        _ = unsafe setsockopt(
            context.pointee.fd, level, option, &value, socklen_t(MemoryLayout<Value>.size))
    }

    /// Loads a script, so that it can be called by its digest.
    func load(_ script: RedisScript) throws(RedisError) {
        for form in script.forms {
            let reply = try call(RedisCommand("SCRIPT", "LOAD", .bytes(form.source)))
            guard reply.string == form.digest else { throw .unexpectedReply("SCRIPT LOAD") }
        }
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
        guard unsafe redisGetReply(context, &pointer) == REDIS_OK, let value = replies.take() else {
            // hiredis says EAGAIN when the reply time-out has passed.
            let failedIO = unsafe context.pointee.err == REDIS_ERR_IO
            let timedOut = failedIO && (errno == EAGAIN || errno == EWOULDBLOCK)
            throw timedOut
                ? RedisError(.timedOut, "Redis did not answer in time")
                : RedisError(.disconnected, "the link to Redis broke: \(unsafe Self.message(context))")
        }
        if case .error(let text) = value { return .failure(.server(text)) }
        return .success(value)
    }

    /// Whether the other side has closed an idle link, or sent what nobody asked for.
    var isStale: Bool {
        var poller = unsafe pollfd(fd: context.pointee.fd, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&poller, 1, 0) != 0
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
