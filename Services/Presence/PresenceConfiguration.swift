import Messaging
import RedisStreams
import ServiceRuntime

/// The settings of presence.
struct PresenceConfiguration: Sendable {
    /// What is printed by `--help` about the whole.
    static let summary = "knows who is online and which edges are alive; REST to ask for it"

    static let settings: [Setting] =
        [.port(9103)] + Setting.common + Setting.authentication + [
            Setting(
                "instance",
                help: "This instance's name, unlike that of any other presence. By default a new random one."),
            Setting(
                "grace", default: "5", unit: "s",
                help: "How long a user whose last session has ended still counts as online."),
            .presencePolicy,
            Setting(
                "transitions-limit", default: "100000",
                help:
                    "Entries that the stream of transitions of a partition keeps; who reads it slower than that misses some."
            ),
            .ringHysteresis,
        ]

    var host: String
    var port: Int
    var redis: RedisConfiguration
    var keys: Keys
    var partitions: Int
    var secret: String?
    var jwksFile: String?
    var instance: String
    var grace: Duration
    var policy: PresencePolicy
    var transitionsLimit: Int
    var ringHysteresis: Duration

    /// Reads the settings.
    /// - Throws: `SettingsError` or `RedisError`, naming the setting and the remedy.
    init(_ settings: Settings) throws {
        host = try settings.string("host")
        port = try settings.integer("port", in: 0...65535)
        redis = try RedisConfiguration(
            url: settings.string("redis-url"), sentinels: settings.list("redis-sentinels"),
            master: settings.optionalString("redis-sentinel-master"))
        keys = Keys(prefix: try settings.string("key-prefix"))
        partitions = try settings.integer("partitions", in: 1...1024)
        secret = settings.optionalString("auth-jwt-secret")
        jwksFile = settings.optionalString("auth-jwks-file")
        instance =
            settings.optionalString("instance") ?? "presence-" + String(UInt64.random(in: .min ... .max), radix: 36)
        grace = try settings.duration("grace", in: .zero ... .seconds(3600))
        policy = try settings.choice("presence-policy")
        transitionsLimit = try settings.integer("transitions-limit", in: 100...100_000_000)
        ringHysteresis = try settings.duration("ring-hysteresis", in: .zero ... .seconds(3600))
    }
}
