public import Logging
public import Messaging

/// What must be true of Redis before a service starts.
public enum Installation {
    /// Checks that Redis can be reached, that the log was made with the same number of partitions (recording it the first time), and that Redis keeps what
    /// it accepts: `appendonly yes`, `maxmemory-policy noeviction`. Settings that cannot be read, for want of rights, are left unchecked with a notice.
    ///
    /// Tries for `patience` while Redis cannot be reached, since services and Redis are often started together.
    /// - Throws: ``RedisError`` `configuration`, with the setting and the remedy.
    public static func check(
        _ configuration: RedisConfiguration, keys: Keys, partitions: Int, patience: Duration = .seconds(30),
        logger: Logger
    ) async throws(RedisError) {
        Idea.announce(logger)
        let failure = await onThread(named: "redis check") {
            Self.failure(configuration, keys, partitions, patience, logger)
        }
        if let failure { throw failure }
    }

    private static func failure(
        _ configuration: RedisConfiguration, _ keys: Keys, _ partitions: Int, _ patience: Duration, _ logger: Logger
    ) -> RedisError? {
        let end = ContinuousClock.now + patience
        var backoff = Backoff(base: .milliseconds(100))
        while true {
            do throws(RedisError) {
                let link = try HiredisLink.connect(configuration, name: "check", scripts: [])
                try check(link, keys, partitions, logger)
                return nil
            } catch {
                switch error.code {
                case .configuration: return error
                case .server("LOADING"), .disconnected, .timedOut:
                    guard ContinuousClock.now < end else {
                        return RedisError(
                            .configuration,
                            "REDIS_URL: \(error). Start Redis there, or set REDIS_URL to where it is")
                    }
                    let pause = backoff.next()
                    logger.notice("waiting for Redis", metadata: ["reason": "\(error)"])
                    pauseThread(pause)
                default:
                    return RedisError(
                        .configuration,
                        "REDIS_URL: \(error). Check the user, the password and the rights given in REDIS_URL")
                }
            }
        }
    }

    private static func check(
        _ link: borrowing HiredisLink, _ keys: Keys, _ partitions: Int, _ logger: Logger
    ) throws(RedisError) {
        _ = try link.call(RedisCommand("HSETNX", .text(keys.installation), "partitions", .integer(Int64(partitions))))
        let made = try link.call(RedisCommand("HGET", .text(keys.installation), "partitions"))
        guard made.int == Int64(partitions) else {
            throw RedisError(
                .configuration,
                "PARTITIONS is \(partitions), but the log in this Redis was made with \(made.string ?? "?"): "
                    + "set PARTITIONS to that, or use another Redis, database or key prefix")
        }
        for (name, expected, why) in [
            ("appendonly", "yes", "messages accepted are lost when Redis stops"),
            ("maxmemory-policy", "noeviction", "Redis may drop messages when its memory is full"),
        ] {
            try link.append(RedisCommand("CONFIG", "GET", .text(name)))
            guard case .success(let reply) = try link.reply(), let value = reply.array?.last?.string else {
                logger.info(
                    "cannot read a setting of Redis: make sure of it", metadata: ["setting": "\(name) \(expected)"])
                continue
            }
            if value != expected {
                logger.warning(
                    "Redis is set up unsafely: \(why)", metadata: ["set": "\(name) \(expected)", "now": "\(value)"])
            }
        }
    }
}
