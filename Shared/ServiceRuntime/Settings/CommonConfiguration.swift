/// What every service is told at its start: ``Setting/port(_:)``, ``Setting/common`` and ``Setting/authentication``, read in one place.
public struct CommonConfiguration: Sendable {
    /// The address to listen on.
    public var host: String
    /// The port to listen on; 0 for any free one.
    public var port: Int
    /// `redis://[user[:password]@]host[:port][/database]`.
    public var redisURL: String
    /// `host:port` of each sentinel; empty without any.
    public var redisSentinels: [String]
    /// The name under which the sentinels know the master.
    public var redisMaster: String?
    /// On how many replicas an entry must be before it counts as accepted, is routed and is stored.
    public var acceptReplicas: Int
    /// How long the replicas may take for it.
    public var acceptTimeout: Duration
    /// What the names of all keys in Redis begin with.
    public var keyPrefix: String
    /// Into how many partitions the log is divided, 1 to 1024.
    public var partitions: Int
    /// The secret of HS256 tokens.
    public var secret: String?
    /// The file with the public keys of other tokens.
    public var keyFile: String?
    /// How long a token may live.
    public var tokenLifetimeLimit: Duration

    /// Reads the settings.
    /// - Throws: ``SettingsError``, naming the setting and the remedy.
    public init(_ settings: Settings) throws(SettingsError) {
        host = try settings.string("host")
        port = try settings.integer("port", in: 0...65_535)
        redisURL = try settings.string("redis-url")
        redisSentinels = settings.list("redis-sentinels")
        redisMaster = settings.optionalString("redis-sentinel-master")
        acceptReplicas = try settings.integer("accept-replicas", in: 0...100)
        acceptTimeout = try settings.duration("accept-timeout", in: .milliseconds(10)...(.seconds(10)))
        keyPrefix = try settings.string("key-prefix")
        partitions = try settings.integer("partitions", in: 1...1024)
        secret = settings.optionalString("auth-jwt-secret")
        keyFile = settings.optionalString("auth-jwks-file")
        tokenLifetimeLimit = try settings.duration(
            "token-lifetime-limit", in: .seconds(60)...(.seconds(3660 * 86_400)))
    }
}

/// A service's configuration, which has what is common to all services in it.
public protocol ServiceConfiguration: Sendable {
    /// What every service is told.
    var common: CommonConfiguration { get }
}

extension ServiceConfiguration {
    /// The address to listen on.
    public var host: String { common.host }
    /// The port to listen on; 0 for any free one.
    public var port: Int { common.port }
    /// Into how many partitions the log is divided.
    public var partitions: Int { common.partitions }
}
