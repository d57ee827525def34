import Authentication
import Messaging
import Postgres
import RedisStreams
import ServiceRuntime

/// What history is told at its start.
struct HistoryConfiguration: ServiceConfiguration {
    /// The group of services whose position on the log this moves.
    static let group = "history"
    /// The groups that read the log: what all of them are done with may be trimmed.
    static let readers = ["router", "history"]

    static let settings: [Setting] =
        Setting.common + Setting.authentication + [
            .port(9104), .topicRules,
            Setting(
                "database-url",
                help: "Postgres: postgres://user:password@host:5432/database, with what libpq allows in a URL.",
                isSecret: true),
            Setting(
                "database-read-url",
                help:
                    "A standby of the same Postgres, to answer requests from as long as it has what their callers may know of; otherwise, and when it cannot be reached, DATABASE_URL is asked. Without it DATABASE_URL answers all.",
                isSecret: true),
            Setting(
                "database-read-lag", default: "5", unit: "s",
                help:
                    "How far behind the standby may be in what its reader has not been told of: past that, DATABASE_URL is asked."
            ),
            Setting(
                "database-connections", default: "6",
                help:
                    "Connections to Postgres that serve requests, at most; two more, and the writers, store, two search, one indexes words, and three keep house."
            ),
            Setting(
                "database-writers", default: "2",
                help:
                    "Connections to Postgres that store what comes from the log; each partition is always stored by the same one."
            ),
            Setting(
                "database-timeout", default: "10", unit: "s",
                help: "How long Postgres may work on one statement before it is ended."),
            Setting(
                "history-retention", default: "*=never",
                help:
                    "How long messages are kept, by the beginning of their conversation, as \"topic:news.=30d, group:=365d, *=never\": of the rules that fit the longest prefix holds. The same for every history."
            ),
            Setting(
                "exports", default: "2",
                help:
                    "Exports that run at once, at most; more are answered with 503, and more than one of a user with 429."
            ),
            .logLimit,
            Setting(
                "message-limit", default: "65536", unit: "bytes",
                help: "The longest data of a message that is edited. The same as for message-router."),
            Setting(
                "search-language", default: "simple",
                help:
                    "The text search configuration of Postgres by which words are searched, such as english; simple takes them as they are, off is for no search. The same for every history: another one makes the index anew."
            ),
            Setting(
                "search-timeout", default: "3", unit: "s",
                help: "How long a search goes on; past it what was found is answered, with where to go on."),
            .restRate("A search, a list of conversations or one of receipts counts for ten."),
            Setting(
                "spring-pull", default: "false",
                help:
                    "Offers POST /wsTemplate/pullUnreadMessage to pages made for a Spring server. See examples/spring-page."
            ),
            Setting(
                "allowed-origins",
                help:
                    "The origins of web pages that may read the answers, separated by commas, e.g. https://chat.example.com; * for any. By default only pages of the same origin."
            ),
        ] + ChangeRules.settings

    var common: CommonConfiguration
    var redis: RedisConfiguration
    var keys: Keys
    var database: PostgresConfiguration
    var connections: Int
    var writers: Int
    /// nil: there is no search.
    var search: SearchSettings?
    /// Requests a second of one user; 0 for no limit.
    var rate: Int
    var crossOrigin: CrossOriginPolicy
    /// Whether there is `/wsTemplate/pullUnreadMessage`.
    var hasSpringPull: Bool
    /// The standby that answers requests; nil when there is none.
    var replica: PostgresConfiguration?
    var replicaLag: Duration
    /// This instance's name among the histories.
    var instance: String
    var topicRules: TopicRules
    var retention: HistoryRetention
    /// How many exports run at once.
    var exports: Int
    var logLimit: Int
    var messageLimit: Int
    var changes: ChangeRules

    init(_ settings: Settings) throws {
        common = try CommonConfiguration(settings)
        redis = try RedisConfiguration(
            url: common.redisURL, sentinels: common.redisSentinels, master: common.redisMaster,
            acceptReplicas: common.acceptReplicas, acceptTimeout: common.acceptTimeout)
        keys = Keys(prefix: common.keyPrefix)
        let timeout = try settings.duration("database-timeout", in: .milliseconds(100) ... .seconds(300))
        database = try Self.postgres("database-url", url: settings.string("database-url"), timeout: timeout)
        replica = try settings.optionalString("database-read-url").map { url in
            try Self.postgres("database-read-url", url: url, timeout: timeout)
        }
        replicaLag = try settings.duration("database-read-lag", in: .milliseconds(100) ... .seconds(3600))
        connections = try settings.integer("database-connections", in: 1...100)
        writers = try settings.integer("database-writers", in: 1...64)
        search = try SearchSettings(settings)
        rate = try settings.restRate()
        crossOrigin = try CrossOriginPolicy(settings)
        hasSpringPull = try settings.boolean("spring-pull")
        instance = "history-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        retention = try HistoryRetention(settings.optionalString("history-retention") ?? "")
        exports = try settings.integer("exports", in: 1...1000)
        logLimit = try settings.logLimit()
        messageLimit = try settings.integer("message-limit", in: 1...1_000_000)
        changes = try ChangeRules(settings)
        do throws(TopicRulesError) {
            topicRules = try TopicRules(settings.optionalString("topic-rules") ?? "")
        } catch {
            throw SettingsError("topic-rules", error.complaint, remedy: error.remedy)
        }
    }

    private static func postgres(
        _ setting: String, url: String, timeout: Duration
    ) throws(SettingsError) -> PostgresConfiguration {
        do throws(PostgresError) {
            var configuration = try PostgresConfiguration(url: url, applicationName: "switchboard history")
            configuration.statementTimeout = timeout
            return configuration
        } catch {
            throw SettingsError(setting, "cannot be used", remedy: error.description)
        }
    }
}
