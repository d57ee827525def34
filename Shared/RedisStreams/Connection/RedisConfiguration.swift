internal import FoundationEssentials

/// Where Redis is and how long to wait for it.
public struct RedisConfiguration: Sendable {
    public var host: String
    public var port: Int
    public var username: String?
    public var password: String?
    public var database: Int
    /// How long a connection attempt may take.
    public var connectTimeout: Duration = .seconds(2)
    /// How long a reply may take; the link counts as broken after that. A blocking read waits for less.
    public var replyTimeout: Duration = .seconds(5)
    /// Commands that may wait in the queue of one connection; more are refused as overloaded.
    public var queueLimit = 100_000
    /// Bytes that may wait in the queue of one connection.
    public var queueByteLimit = 256 << 20
    /// Who knows the present master; nil where ``host`` is it.
    public var sentinels: Sentinels?
    /// On how many replicas an entry must be before it counts as accepted, and is routed and stored.
    public var acceptReplicas = 0
    /// How long the replicas may take for it.
    public var acceptTimeout: Duration = .seconds(1)
    /// How the clock of the server used last stood; shared by all links of a process.
    let clock = ServerClock()

    /// Reads `redis://[user[:password]@]host[:port][/database]`. User and password may be percent-encoded.
    /// - Throws: ``RedisError`` `configuration`, with what is wrong and the remedy.
    public init(url: String) throws(RedisError) {
        guard !url.contains(",") else {
            throw RedisError(
                .configuration, "REDIS_URL names several servers: Redis Cluster is not supported yet, name one")
        }
        guard !url.hasPrefix("rediss://") else {
            throw RedisError(
                .configuration,
                "REDIS_URL asks for TLS (rediss://), which this build's hiredis does not have: use redis://")
        }
        let form = "redis://[user[:password]@]host[:port][/database]"
        guard url.hasPrefix("redis://"), let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty
        else {
            throw RedisError(.configuration, "REDIS_URL is not of the form \(form)")
        }
        let path = parts.path.drop { $0 == "/" }
        guard let database = path.isEmpty ? 0 : Int(path), (0...1_000_000).contains(database) else {
            throw RedisError(.configuration, "REDIS_URL's database is not a number: the form is \(form)")
        }
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = parts.port ?? 6379
        username = parts.user.flatMap { $0.isEmpty ? nil : $0 }
        password = parts.password.flatMap { $0.isEmpty ? nil : $0 }
        self.database = database
        guard (1...65_535).contains(port) else {
            throw RedisError(.configuration, "REDIS_URL's port is not within 1...65535")
        }
    }

    /// The same, of a Redis with sentinels if both `sentinels` (`host:port`) and `master` (its name) are given: then host and port of the URL are not used, and
    /// user, password and database are those of the master.
    /// - Throws: ``RedisError`` `configuration`, with what is wrong and the remedy.
    public init(
        url: String, sentinels: [String], master: String?, acceptReplicas: Int = 0,
        acceptTimeout: Duration = .seconds(1)
    ) throws(RedisError) {
        try self.init(url: url)
        self.sentinels = try Sentinels(sentinels, master: master)
        self.acceptReplicas = acceptReplicas
        self.acceptTimeout = acceptTimeout
    }

    /// Host and port, or the master's name and the sentinels; for logs: no user, no password.
    public var endpoint: String { sentinels.map { "\($0.master) (by its sentinels)" } ?? "\(address)" }

    var address: Sentinels.Address { .init(host: host, port: port) }
}
