extension Setting {
    /// The settings that every service has besides its own and ``port(_:)``.
    public static let common: [Setting] = [
        Setting("host", default: "127.0.0.1", help: "The address to listen on; 0.0.0.0 for all."),
        Setting(
            "redis-url", default: "redis://127.0.0.1:6379",
            help: "Redis: redis:// or rediss://, with user, password and database as in redis://:password@host:6379/0."),
        Setting(
            "redis-sentinels",
            help:
                "The sentinels of Redis as host:port, separated by commas: services follow a failover. REDIS_URL then gives user, password and database only."
        ),
        Setting("redis-sentinel-master", help: "The name under which the sentinels know the master."),
        Setting(
            "accept-replicas", default: "0",
            help:
                "On how many replicas of Redis an entry must be before it counts as accepted, is routed and is stored; 0 for none. The same for every service."
        ),
        Setting(
            "accept-timeout", default: "1000", unit: "ms",
            help: "How long the replicas may take for it; past that a client is told busy."),
        Setting("key-prefix", default: "sb:", help: "What the names of all keys in Redis begin with."),
        Setting(
            "partitions", default: "16",
            help:
                "Into how many partitions the log is divided. Fixed when the log is first made; every service has to agree."
        ),
        Setting("log-level", default: "info", help: "trace, debug, info, notice, warning, error or critical."),
        Setting("log-format", default: "text", help: "text, or json for one object a line."),
        Setting(
            "shutdown-timeout", default: "40", unit: "s",
            help: "How long a stop may take before what is still running is cancelled."),
    ]

    /// The settings of a service that checks tokens; one of the two is needed.
    public static let authentication: [Setting] = [
        Setting(
            "auth-jwt-secret", help: "The secret of HS256 tokens, at least 32 bytes; `openssl rand -hex 32` makes one.",
            isSecret: true),
        Setting(
            "auth-jwks-file",
            help: "A JWKS file with the public keys of RS256, ES256 and EdDSA tokens; reread when it changes."),
        Setting(
            "token-lifetime-limit", default: "30d", unit: "s",
            help:
                "How long a token may live; one that lives longer is refused. The same for every service: so long it is remembered whose sessions were ended."
        ),
    ]

    /// The setting of a service that asks who may publish to a topic or hear it.
    public static let topicRules = Setting(
        "topic-rules",
        help:
            "Who may publish and subscribe to which topics: rules separated by semicolons, such as \"news.* publish=scope:editor subscribe=everyone; staff.* publish=scope:staff subscribe=scope:staff\". Who: everyone, nobody or scope:<name>; the longest prefix holds; without a rule everyone may do both. The same for ws-edge, message-router and history."
    )

    /// The settings of a service that sends canaries; `way` is what they prove, such as `through the log and message-router back to this edge`.
    public static func canary(_ way: String) -> [Setting] {
        [
            Setting(
                "canary-interval", default: "3", unit: "s",
                help: "How often canaries are sent \(way), which proves that messages take this way; 0 for never."),
            Setting(
                "canary-limit", default: "8", unit: "s",
                help: "How old the newest proof may be; past that the service is not ready."),
        ]
    }

    /// How long an edge must have been alive, or gone, before the ring changes; the same for presence and ws-edge.
    public static let ringHysteresis = Setting(
        "ring-hysteresis", default: "30", unit: "s",
        help:
            "How long a new edge must have been alive to join the ring, and one that is gone without a word keeps its place on it. The same for presence and ws-edge."
    )

    /// The port a service listens on.
    public static func port(_ default: Int) -> Setting {
        Setting("port", default: String(`default`), help: "The port to listen on; 0 for any free one.")
    }
}
