import Authentication
import Messaging
import Postgres
import RedisStreams
import ServiceRuntime

/// What history is told at its start.
struct HistoryConfiguration: Sendable {
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
                "database-connections", default: "6",
                help: "Connections to Postgres that serve requests, at most; three more store messages."),
            Setting(
                "database-timeout", default: "10", unit: "s",
                help: "How long Postgres may work on one statement before it is ended."),
        ]

    var host: String
    var port: Int
    var redis: RedisConfiguration
    var keys: Keys
    var partitions: Int
    var database: PostgresConfiguration
    var connections: Int
    /// This instance's name among the histories.
    var instance: String
    var secret: String?
    var keyFile: String?
    var topicRules: TopicRules

    init(_ settings: Settings) throws {
        host = try settings.string("host")
        port = try settings.integer("port", in: 0...65535)
        redis = try RedisConfiguration(
            url: settings.string("redis-url"), sentinels: settings.list("redis-sentinels"),
            master: settings.optionalString("redis-sentinel-master"))
        redis.acceptReplicas = try settings.integer("accept-replicas", in: 0...100)
        redis.acceptTimeout = try settings.duration("accept-timeout", in: .milliseconds(10)...(.seconds(10)))
        keys = Keys(prefix: try settings.string("key-prefix"))
        partitions = try settings.integer("partitions", in: 1...1024)
        let url = try settings.string("database-url")
        do throws(PostgresError) {
            database = try PostgresConfiguration(url: url, applicationName: "switchboard history")
        } catch {
            throw SettingsError("database-url", "cannot be used", remedy: error.description)
        }
        database.statementTimeout = try settings.duration("database-timeout", in: .milliseconds(100) ... .seconds(300))
        connections = try settings.integer("database-connections", in: 1...100)
        instance = "history-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        secret = settings.optionalString("auth-jwt-secret")
        keyFile = settings.optionalString("auth-jwks-file")
        do throws(TopicRulesError) {
            topicRules = try TopicRules(settings.optionalString("topic-rules") ?? "")
        } catch {
            throw SettingsError("topic-rules", error.complaint, remedy: error.remedy)
        }
    }
}
