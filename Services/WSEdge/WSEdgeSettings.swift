import ServiceRuntime

/// The settings of ws-edge, declared once.
enum WSEdgeSettings {
    static let summary = "holds the WebSocket connections of clients and their sessions."

    static let all: [Setting] =
        [.port(9101)] + identity + stomp + limits + times
        + Setting.canary("through the log and message-router back to this edge") + Setting.common
        + Setting.authentication + [.topicRules]

    private static let identity = [
        Setting(
            "edge-id",
            help:
                "This edge's id, unlike that of any other edge and the same after a restart. By default the host's name."
        ),
        Setting(
            "edge-public-url",
            help:
                "Where clients reach this edge by itself, e.g. ws://edge-1.example.com:9101/ws; * stands for its id, as in wss://chat.example.com/edges/*/ws."
        ),
        Setting(
            "allowed-origins",
            help:
                "The origins of web pages that may connect, separated by commas, e.g. https://chat.example.com; * for any. By default only pages of the host that is connected to."
        ),
        Setting(
            "edge-capacity", default: "10",
            help:
                "How many users belong on this edge in relation to others, 1 to 100: give 20 where one has twice the cores of those with 10."
        ),
        Setting(
            "ring", default: "loose",
            help:
                "loose: a session stays where its client connected, and only those who belong on an edge that joins are asked to move there. strict: whoever belongs on another edge is asked to move."
        ),
        .ringHysteresis,
        Setting("threads", default: "0", help: "Event loops; 0 for one each core."),
        Setting(
            "demo", default: "false", help: "Serves the demo page, and tokens to anybody who asks: never in production."
        ),
        Setting(
            "demo-path",
            help: "The folder of the demo page. By default looked for beside the executable."),
        Setting(
            "echo-path",
            help:
                "A path whose WebSockets say back what they are told, for conformance suites, e.g. /echo; and SockJS there, at /disabled_websocket_echo, /cookie_needed_echo and /close, as its public tests want it."
        ),
        Setting(
            "sockjs-paths", default: "/chat-websocket,/ws-sockjs",
            help: "Paths below which SockJS is spoken, separated by commas."),
        Setting(
            "sockjs-client-url", default: "https://cdn.jsdelivr.net/npm/sockjs-client@1.6.1/dist/sockjs.min.js",
            help: "Where the page for iframes, below the paths that speak SockJS, finds the client's script."),
    ]

    private static let stomp = [
        Setting(
            "stomp-destinations",
            help:
                "What names of STOMP destinations mean besides the contract's own, for pages made for another broker: pattern=target, separated by commas, e.g. /app/chat/{id}=user:{id},/user/topic/reply=inbox."
        ),
        Setting(
            "stomp-heartbeat", default: "10", unit: "s",
            help: "How often STOMP clients are to give a sign of life, and get one, where they agree to it; 0: never."),
        Setting(
            "stomp-unacknowledged", default: "1000",
            help: "Inbox messages that a STOMP client may be sent and not have acknowledged; then it waits for that."),
        Setting(
            "stomp-nack", default: "keep",
            help:
                "What a NACK does: keep has the message come again with the next connection, discard counts it as acknowledged."
        ),
        Setting(
            "anonymous", default: "false",
            help:
                "Lets STOMP clients CONNECT without a token, as a new user each time who may hear and use topics, be written to, and nothing else."
        ),
    ]

    private static let limits = [
        Setting("max-connections", default: "100000", help: "WebSockets at once; more are answered with 503."),
        Setting("handshake-rate", default: "10000", help: "Handshakes a second; more are answered with 429."),
        Setting(
            "register-limit", default: "128",
            help: "Registrations with Redis under way at once; what comes on top waits, so that live traffic has room."),
        Setting(
            "handshake-queue", default: "2000",
            help: "Handshakes that may wait for a registration; more are answered with 503."),
        Setting(
            "reconnect-rate", default: "3000",
            help:
                "Sessions a second that the other edges together can take back when this one is lost: over how long they come back is made of it."
        ),
        Setting(
            "move-rate", default: "200",
            help: "Sessions a second that this edge asks to move because they belong on another one."),
        Setting("message-limit", default: "65536", unit: "bytes", help: "The longest message from a client."),
        Setting(
            "outbound-limit", default: "1048576", unit: "bytes",
            help: "What may wait for a slow client; past it the session ends with 4001."),
        Setting(
            "compression", default: "off",
            help:
                "Whether messages are compressed for clients that offer permessage-deflate. on: a message for many is compressed once, and sessions take no memory for it. takeover: with what was said before, which makes small messages smaller; each session then takes memory, see docs/operations.md."
        ),
        Setting(
            "compression-window-bits", default: "12",
            help:
                "The base-2 logarithm of how many bytes back compressed messages may refer to, 9 to 15. With takeover it decides on the memory of a session."
        ),
        Setting("compression-level", default: "3", help: "1 compresses fast, 9 small."),
        Setting(
            "compression-threshold", default: "256", unit: "bytes", help: "Messages shorter than this go as they are."),
        Setting(
            "in-flight-limit", default: "64",
            help: "Sends of one session that are not answered yet; past it the edge stops reading from it for a while."),
        Setting("rate", default: "50", help: "Frames a second that a connection may send in the long run."),
        Setting("burst", default: "100", help: "Frames that a connection may send at once."),
        Setting(
            "refused-frames-limit", default: "200",
            help: "Frames refused within 10 s for being too many, past which the session ends with 4004."),
        Setting("watch-limit", default: "1000", help: "Users whose presence a session may watch."),
        Setting(
            "watched-users-limit", default: "200000",
            help: "Users whose presence may be watched on this edge; past it a watch is answered with busy."),
        .presencePolicy,
        Setting("sessions-per-user", default: "20", help: "Sessions that a user may have; one more ends with 4503."),
        Setting(
            "topics-per-session", default: "100", help: "Topics that a session may be subscribed to at once."),
        .logLimit,
        Setting(
            "session-events-limit", default: "100000",
            help:
                "Session events of a partition that may wait for presence; past it they wait in the edges, and what presence says grows old."
        ),
    ]

    private static let times = [
        Setting(
            "handshake-timeout", default: "10", unit: "s",
            help: "How long a connection may take to ask for something, and a session to give its token."),
        Setting(
            "handshake-wait", default: "2", unit: "s",
            help: "How long a handshake may wait for a registration; then it is answered with 503."),
        Setting(
            "drain-time", default: "25", unit: "s",
            help:
                "How long a stop may take to send sessions elsewhere; what is left is then closed. At least 10 s less than SHUTDOWN_TIMEOUT."
        ),
        Setting("heartbeat-interval", default: "25", unit: "s", help: "How often a connection is pinged."),
        Setting(
            "heartbeat-timeout", default: "8", unit: "s",
            help: "How long the answer to a ping may take; then the session ends with 4002."),
        Setting(
            "check-interval", default: "30", unit: "s",
            help: "How often what a session was sent is compared with its inbox."),
        .inboxRetention,
        Setting(
            "device-memory", default: "7d", unit: "s",
            help: "How long a device that is not seen is remembered, and its unread entries kept."),
    ]
}
