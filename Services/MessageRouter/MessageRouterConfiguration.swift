import Authentication
import Messaging
import RedisStreams
import ServiceRuntime

/// The router's settings.
struct MessageRouterConfiguration: ServiceConfiguration {
    /// What is printed by `--help` about the whole.
    static let summary = "routes messages from the log to inboxes and edges; REST for sending and for groups"

    static let settings: [Setting] =
        [.port(9102)] + Setting.common + Setting.authentication + [
            .topicRules,
            Setting(
                "topic-retention",
                help:
                    "What the logs of topics keep in Redis, for who comes back: rules separated by semicolons, such as \"news.* count=5000 age=7d; cursors.* count=0\", where 0 keeps nothing. The longest prefix holds; without a rule 1000 entries of 7 days. History keeps everything."
            ),
            .instance("message-router"),
            .logLimit,
            Setting("message-limit", default: "65536", unit: "bytes", help: "The longest data of a message."),
            .inboxCapacity, .inboxRetention,
            Setting(
                "group-limit", default: "1000",
                help:
                    "Members up to which a group can be made, and grow, with a token without the scope admin; with it, up to 100000."
            ),
            Setting(
                "large-group", default: "1000", unit: "members",
                help:
                    "A group with more members is large: its messages go into one log instead of into each member's inbox, until it has 80 % of this or fewer. From 10 to 10000. The same for all message-routers."
            ),
            .restRate(
                "Making or replacing a group counts for ten, and a token with the scope send:any is not limited."),
            Setting(
                "edge-backlog", default: "67108864", unit: "bytes",
                help:
                    "What may wait in Redis for one edge to read it; past it the oldest goes, and the edge reads inboxes instead."
            ),
            Setting(
                "routing", default: "register",
                help:
                    "How the edges of recipients are found: register (where sessions are registered), ring (computed from the ring), broadcast (every edge is told everything). See docs/routing.md."
            ),
            Setting(
                "ring-settle", default: "60s", unit: "s",
                help:
                    "With routing ring: how long after a change of the ring users whose edge changed are looked up instead of computed."
            ),
            Setting("batch", default: "500", help: "Entries of the log that are routed in one go, at most."),
            Setting(
                "spring-message",
                help:
                    "Offers POST /wsTemplate/sendToUser to pages made for a Spring server, and says what its messages are: JSON in whose strings {from}, {receiver} and {msg} are filled in, such as {\"content\":\"{from} say: {msg}\"}. See examples/spring-page."
            ),
            Setting(
                "history-url",
                help:
                    "Where histories answer, separated by commas, e.g. http://history:9104. With it this router proves with canaries that its partitions are stored."
            ),
        ] + Setting.canary("through the log to history")

    var common: CommonConfiguration
    var redis: RedisConfiguration
    var keys: Keys
    var instance: String
    var logLimit: Int
    var messageLimit: Int
    var inboxCapacity: Int
    var inboxRetention: Duration
    /// The most members that a group can be given without the scope `admin`.
    var groupLimit: Int
    /// From how many members on a group is large.
    var largeGroup: LargeGroupSize
    /// Requests a second of one user; 0 for no limit.
    var restRate: Int
    var topicRules: TopicRules
    var topicRetention: TopicRetention
    var edgeBacklog: Int
    var routing: RoutingWay
    var ringSettling: Duration
    var batch: Int
    /// Nil: there is no `/wsTemplate/sendToUser`.
    var springMessage: SpringMessage?
    /// None: whether messages reach history is not looked at.
    var histories: [HistoryAddress]
    /// Zero: no canaries are sent.
    var canaryInterval: Duration
    var canaryLimit: Duration

    /// Reads the settings.
    /// - Throws: `SettingsError` or `RedisError`, naming the setting and the remedy.
    init(_ settings: Settings) throws {
        common = try CommonConfiguration(settings)
        redis = try RedisConfiguration(
            url: common.redisURL, sentinels: common.redisSentinels, master: common.redisMaster,
            acceptReplicas: common.acceptReplicas, acceptTimeout: common.acceptTimeout)
        keys = Keys(prefix: common.keyPrefix)
        instance = settings.instance("router")
        logLimit = try settings.logLimit()
        messageLimit = try settings.integer("message-limit", in: 1...1_000_000)
        inboxCapacity = try settings.inboxCapacity()
        inboxRetention = try settings.inboxRetention()
        groupLimit = try settings.integer("group-limit", in: 1...ApplyMembershipScript.limit)
        largeGroup = LargeGroupSize(limit: try settings.integer("large-group", in: LargeGroupSize.limits))
        restRate = try settings.restRate()
        do throws(TopicRulesError) {
            topicRules = try TopicRules(settings.optionalString("topic-rules") ?? "")
        } catch {
            throw SettingsError("topic-rules", error.complaint, remedy: error.remedy)
        }
        topicRetention = try TopicRetention(settings.optionalString("topic-retention") ?? "")
        edgeBacklog = try settings.integer("edge-backlog", in: 1_048_576...1_099_511_627_776)
        let way = try settings.string("routing")
        guard let routing = RoutingWay(rawValue: way) else {
            throw SettingsError(
                "routing", "is \"\(way)\"",
                remedy: "give one of " + RoutingWay.allCases.map(\.rawValue).joined(separator: ", "))
        }
        self.routing = routing
        ringSettling = try settings.duration("ring-settle", in: .zero...RingView.settlingTime)
        batch = try settings.integer("batch", in: 1...10_000)
        springMessage = try settings.optionalString("spring-message").map { try SpringMessage($0) }
        histories = try settings.list("history-url").map { url throws(SettingsError) in
            guard let address = HistoryAddress(url) else {
                throw SettingsError(
                    "history-url", "has \"\(url)\"", remedy: "give addresses such as http://history:9104")
            }
            return address
        }
        canaryInterval = try settings.duration("canary-interval", in: .zero ... .seconds(60))
        canaryLimit = try settings.duration("canary-limit", in: .seconds(1) ... .seconds(3600))
    }
}
