import Authentication
import FoundationEssentials
import Messaging
import NIOCore
import RedisStreams
import STOMP
import ServiceRuntime
import WebSocketFrames

/// What an edge is told at its start.
struct WSEdgeConfiguration: ServiceConfiguration {
    var common: CommonConfiguration
    var redis: RedisConfiguration
    var keys: Keys
    var edgeID: String
    var publicURL: String
    /// Its weight on the ring.
    var capacity: Int
    var ringMode: RingMode
    var ringHysteresis: Duration
    /// Sessions a second that are asked to move because they belong elsewhere.
    var moveRate: Int
    var threads: Int
    var allowedOrigins: [String]
    /// The secret for tokens of the demo; nil when the demo is off.
    var demoSecret: String?
    var demoPath: String?
    var echoPath: String?
    /// What is served by SockJS, and where its iframe page finds the client's script.
    var sockJS: [SockJSService]
    var sockJSClient: String

    /// How STOMP is spoken.
    var stomp = STOMPConfiguration()
    /// Whether STOMP clients may come without a token.
    var anonymous: Bool

    var maximumConnections: Int
    var handshakeRate: Int
    /// Handshakes that may wait for a place, and how long.
    var handshakeQueue: Int
    var handshakeWait: TimeAmount
    /// Registrations with Redis under way at once.
    var registerLimit: Int
    /// Sessions a second that the other edges can take back together when this one is lost.
    var reconnectRate: Int
    var handshakeTimeout: TimeAmount
    var heartbeatInterval: TimeAmount
    var heartbeatTimeout: TimeAmount
    var checkInterval: TimeAmount
    var drainTime: TimeAmount
    /// Zero: no canaries are sent.
    var canaryInterval: Duration
    var canaryLimit: Duration

    var messageLimit: Int
    var outboundLimit: Int
    /// Nil when messages are not compressed.
    var compression: CompressionPolicy?
    var inFlightLimit: Int
    var rate: Int
    var burst: Int
    var refusedFramesLimit: Int
    var sessionsPerUser: Int
    var topicsPerSession: Int
    var topicRules: TopicRules
    var logLimit: Int
    var sessionEventsLimit: Int
    /// Users that a session may watch, and all of the edge together.
    var watchLimit: Int
    var watchedUsersLimit: Int
    var presencePolicy: PresencePolicy
    var signalsLimit = 10_000
    var inboxRetention: Duration
    var deviceMemory: Duration
    /// How far before a cursor a message may have been accepted that was routed after it.
    var gapMargin = TimeAmount.hours(1)

    /// The longest message, in bytes, where what is spoken is not known beforehand.
    var longestMessage: Int { max(messageLimit, stomp.limits.messageBytes) }

    /// Reads the settings.
    /// - Throws: ``SettingsError`` or ``RedisError``, with the setting and the remedy.
    init(_ settings: Settings) throws {
        common = try CommonConfiguration(settings)
        redis = try RedisConfiguration(
            url: common.redisURL, sentinels: common.redisSentinels, master: common.redisMaster,
            acceptReplicas: common.acceptReplicas, acceptTimeout: common.acceptTimeout)
        keys = Keys(prefix: common.keyPrefix)
        edgeID = settings.optionalString("edge-id") ?? Self.hostName
        guard Identifier.isValid(edgeID) else {
            throw SettingsError("edge-id", "is \"\(edgeID)\"", remedy: "give \(Identifier.rule)")
        }
        publicURL = (settings.optionalString("edge-public-url") ?? "").replacing("*", with: edgeID)
        let url = publicURL
        guard url.isEmpty || ["ws://", "wss://", "http://", "https://"].contains(where: url.hasPrefix) else {
            throw SettingsError(
                "edge-public-url", "is \"\(url)\"", remedy: "give an address such as ws://127.0.0.1:9101/ws")
        }
        capacity = try settings.integer("edge-capacity", in: HashRing.Edge.weights)
        let ringMode = try settings.string("ring")
        guard let mode = RingMode(rawValue: ringMode) else {
            throw SettingsError("ring", "is \"\(ringMode)\"", remedy: "give loose or strict")
        }
        self.ringMode = mode
        ringHysteresis = try settings.duration("ring-hysteresis", in: .zero ... .seconds(3600))
        moveRate = try settings.integer("move-rate", in: 1...100_000)
        let threads = try settings.integer("threads", in: 0...1024)
        self.threads = threads == 0 ? System.coreCount : threads
        allowedOrigins = try settings.origins("allowed-origins")
        echoPath = settings.optionalString("echo-path")
        if let echoPath, !echoPath.hasPrefix("/") {
            throw SettingsError("echo-path", "is \"\(echoPath)\"", remedy: "give a path such as /echo")
        }
        var services: [SockJSService] = []
        for path in settings.list("sockjs-paths") {
            guard path.hasPrefix("/"), path.count > 1, !path.hasSuffix("/"), !path.contains(where: "?#% ".contains)
            else {
                throw SettingsError(
                    "sockjs-paths", "has \"\(path)\"", remedy: "give paths such as /chat-websocket, separated by commas"
                )
            }
            services.append(SockJSService(base: path, kind: .sessions))
        }
        sockJS = services + (echoPath.map(SockJSService.forTests) ?? [])
        sockJSClient = try settings.string("sockjs-client-url")
        guard ["https://", "http://", "/"].contains(where: sockJSClient.hasPrefix) else {
            throw SettingsError(
                "sockjs-client-url", "is \"\(sockJSClient)\"", remedy: "give an address, or a path of this host")
        }
        demoPath = settings.optionalString("demo-path")
        if try settings.boolean("demo") {
            guard let secret = settings.optionalString("auth-jwt-secret") else {
                throw SettingsError(
                    "demo", "is on, and the demo signs its tokens with AUTH_JWT_SECRET, which is not set",
                    remedy: "set AUTH_JWT_SECRET, or switch the demo off")
            }
            demoSecret = secret
        }

        anonymous = try settings.boolean("anonymous")

        maximumConnections = try settings.integer("max-connections", in: 1...10_000_000)
        handshakeRate = try settings.integer("handshake-rate", in: 1...10_000_000)
        handshakeQueue = try settings.integer("handshake-queue", in: 0...1_000_000)
        handshakeWait = try settings.time("handshake-wait", in: .milliseconds(10)...(.seconds(60)))
        registerLimit = try settings.integer("register-limit", in: 1...100_000)
        reconnectRate = try settings.integer("reconnect-rate", in: 1...10_000_000)
        handshakeTimeout = try settings.time("handshake-timeout", in: .milliseconds(100)...(.seconds(300)))
        heartbeatInterval = try settings.time("heartbeat-interval", in: .seconds(1)...(.seconds(3600)))
        heartbeatTimeout = try settings.time("heartbeat-timeout", in: .seconds(1)...(.seconds(3600)))
        checkInterval = try settings.time("check-interval", in: .seconds(1)...(.seconds(3600)))
        let shutdown = try settings.time("shutdown-timeout", in: .seconds(1)...(.seconds(3600)))
        // What follows on the drain, the last answers and Redis, must fit as well.
        drainTime = min(
            try settings.time("drain-time", in: .milliseconds(100)...(.seconds(3600))),
            max(.nanoseconds(shutdown.nanoseconds / 4), shutdown - .seconds(10)))
        canaryInterval = try settings.duration("canary-interval", in: .zero ... .seconds(60))
        canaryLimit = try settings.duration("canary-limit", in: .seconds(1) ... .seconds(3600))

        messageLimit = try settings.integer("message-limit", in: 1024...16_777_216)
        compression = try Self.compression(settings)
        outboundLimit = try settings.integer("outbound-limit", in: 131_072...1_073_741_824)
        inFlightLimit = try settings.integer("in-flight-limit", in: 1...10_000)
        rate = try settings.integer("rate", in: 1...1_000_000)
        burst = try settings.integer("burst", in: 1...1_000_000)
        refusedFramesLimit = try settings.integer("refused-frames-limit", in: 1...1_000_000)
        sessionsPerUser = try settings.integer("sessions-per-user", in: 1...10_000)
        topicsPerSession = try settings.integer("topics-per-session", in: 1...100_000)
        do throws(TopicRulesError) {
            topicRules = try TopicRules(settings.optionalString("topic-rules") ?? "")
        } catch {
            throw SettingsError("topic-rules", error.complaint, remedy: error.remedy)
        }
        sessionEventsLimit = try settings.integer("session-events-limit", in: 1...1_000_000_000)
        watchLimit = try settings.integer("watch-limit", in: 1...100_000)
        watchedUsersLimit = try settings.integer("watched-users-limit", in: 1...100_000_000)
        presencePolicy = try settings.choice("presence-policy")
        logLimit = try settings.logLimit()
        inboxRetention = try settings.inboxRetention()
        deviceMemory = try settings.duration("device-memory", in: .seconds(60)...(.seconds(366 * 86_400)))
        try readSTOMP(settings)
    }

    private mutating func readSTOMP(_ settings: Settings) throws(SettingsError) {
        do throws(DestinationRule.Fault) {
            stomp.destinations = try DestinationMap(settings.optionalString("stomp-destinations") ?? "")
        } catch {
            throw SettingsError(
                "stomp-destinations", "has a rule that cannot be read: \(error)",
                remedy: "give pattern=target, separated by commas")
        }
        let heartBeat = try settings.duration("stomp-heartbeat", in: .zero ... .seconds(3600))
        // The sweep that sends them comes once a second.
        guard heartBeat == .zero || heartBeat >= .seconds(2) else {
            throw SettingsError("stomp-heartbeat", "is \(heartBeat)", remedy: "give 0, or 2 s to 1 h")
        }
        let milliseconds = Int(heartBeat.inMilliseconds)
        stomp.heartBeat = HeartBeat.Offer(sends: milliseconds, wants: milliseconds)
        stomp.limits.unacknowledged = try settings.integer("stomp-unacknowledged", in: 1...100_000)
        stomp.limits.bodyBytes = messageLimit
        stomp.refusal = try settings.choice("stomp-nack")
    }

    private static func compression(_ settings: Settings) throws(SettingsError) -> CompressionPolicy? {
        let mode: CompressionMode = try settings.choice("compression")
        let bits = try settings.integer("compression-window-bits", in: 9...15)
        let level = try settings.integer("compression-level", in: 1...9)
        let threshold = try settings.integer("compression-threshold", in: 0...65_536)
        guard mode != .off else { return nil }
        return CompressionPolicy(
            takesOver: mode == .takeover, windowBits: bits, level: level, threshold: threshold)
    }

    /// The machine's name, with what an id may not have made hyphens.
    private static var hostName: String {
        let name = ProcessInfo.processInfo.hostName
        let cleaned = name.map { Identifier.isValid(String($0)) ? $0 : "-" }
        return String(cleaned.prefix(Identifier.maximumLength))
    }
}

extension Settings {
    func time(_ name: String, in range: ClosedRange<Duration>) throws(SettingsError) -> TimeAmount {
        TimeAmount(try duration(name, in: range))
    }
}
