import Messaging
import RedisStreams
import ServiceRuntime

/// The settings of presence.
struct PresenceConfiguration: ServiceConfiguration {
    /// What is printed by `--help` about the whole.
    static let summary = "knows who is online and which edges are alive; REST to ask for it"

    static let settings: [Setting] =
        [.port(9103)] + Setting.common + Setting.authentication + [
            .instance("presence"), .inboxCapacity,
            Setting(
                "grace", default: "5", unit: "s",
                help: "How long a user whose last session has ended still counts as online."),
            .presencePolicy,
            .restRate("A question for many users at once counts for ten."),
            Setting(
                "transitions-limit", default: "100000",
                help:
                    "Entries that the stream of transitions of a partition keeps; who reads it slower than that misses some."
            ),
            .ringHysteresis,
        ]

    var common: CommonConfiguration
    var redis: RedisConfiguration
    var keys: Keys
    var instance: String
    var grace: Duration
    /// Entries that inboxes keep at least.
    var inboxCapacity: Int
    var policy: PresencePolicy
    /// Requests a second of one user; 0 for no limit.
    var restRate: Int
    var transitionsLimit: Int
    var ringHysteresis: Duration

    /// Reads the settings.
    /// - Throws: `SettingsError` or `RedisError`, naming the setting and the remedy.
    init(_ settings: Settings) throws {
        common = try CommonConfiguration(settings)
        redis = try RedisConfiguration(
            url: common.redisURL, sentinels: common.redisSentinels, master: common.redisMaster)
        keys = Keys(prefix: common.keyPrefix)
        instance = settings.instance("presence")
        inboxCapacity = try settings.inboxCapacity()
        grace = try settings.duration("grace", in: .zero ... .seconds(3600))
        policy = try settings.choice("presence-policy")
        restRate = try settings.restRate()
        transitionsLimit = try settings.integer("transitions-limit", in: 100...100_000_000)
        ringHysteresis = try settings.duration("ring-hysteresis", in: .zero ... .seconds(3600))
    }
}
