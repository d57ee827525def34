import CoreMetrics
import Messaging
import RedisStreams
import ServiceRuntime
import SockJS

/// The metrics of ws-edge, each made once.
final class WSEdgeMetrics: Sendable {
    let accepted = Counter(label: "ws_edge_messages_accepted")
    let duplicates = Counter(label: "ws_edge_messages_duplicate")
    let delivered = Counter(label: "ws_edge_messages_delivered")
    let hintsThatFit = Counter(label: "ws_edge_hints_fitting")
    let inboxReads = Counter(label: "ws_edge_inbox_reads")
    let topicDelivered = Counter(label: "ws_edge_topic_messages_delivered")
    let topicGaps = Counter(label: "ws_edge_topic_gaps")
    let feedReads = Counter(label: "ws_edge_topic_reads")
    let acknowledgementFlushes = Counter(label: "ws_edge_acknowledgement_flushes")
    let droppedNotices = Counter(label: "ws_edge_notices_dropped")
    let heldEvents = Counter(label: "ws_edge_session_events_held")
    let droppedEvents = Counter(label: "ws_edge_session_events_dropped")
    let explained = Counter(label: "ws_edge_explanations")
    let unknownItems = Counter(label: "ws_edge_items_unknown")
    let outboundBytes = Counter(label: "ws_edge_outbound_bytes")
    let presenceTold = Counter(label: "ws_edge_presence_told")
    let presenceHealed = Counter(label: "ws_edge_presence_healed")
    let moveRate = Gauge(label: "ws_edge_move_rate")
    private let moves: [Move: Counter]
    let redisLatency = Timer(label: "ws_edge_redis_latency_seconds")
    private let newsEntries: [NewsSource: Counter]
    private let usedNewsEntries: [NewsSource: Counter]
    private let filteredNews = Counter(label: "ws_edge_news_filtered")
    private let misses = Counter(label: "ws_edge_misses")
    private let withheldMisses = Counter(label: "ws_edge_misses_withheld")
    private let framesIn: [FrameProtocol: [Counter]]
    private let sockJSRequests: [SockJSTransport: Counter]
    private let sockJSHops: [SockJSHop: Counter]
    let sockJSHopsServed = Counter(label: "ws_edge_sockjs_hops_served")
    let sockJSHopLatency = Timer(label: "ws_edge_sockjs_hop_latency_seconds")
    private let handshakes: [Handshake: Counter]
    private let rejections: [ErrorCode: Counter]
    private let closes: [CloseCode: Counter]
    private let closesByClient = Counter(label: "ws_edge_closes", dimensions: [("code", "client")])

    /// Why a session is told to move.
    enum Move: String, CaseIterable {
        /// Its user belongs on an edge that has joined.
        case join
        /// Its user belongs elsewhere, and `RING` is strict.
        case strict
        /// The edge is going away.
        case drain
    }

    /// What becomes of a handshake.
    enum Handshake: String, CaseIterable {
        case accepted, unauthorized, forbidden, unavailable
        case badRequest = "bad_request"
        case tooMany = "too_many"
    }

    /// The types of frames that are counted.
    enum FrameType: Int, CaseIterable {
        case send, edit, delete, signal, ack, read, auth, ping, subscribe, unsubscribe, watch, unwatch, transaction,
            disconnect, other
    }

    /// What frames are spoken in.
    enum FrameProtocol: String, CaseIterable { case json, stomp }

    init(_ registry: PrometheusRegistry) {
        newsEntries = Self.family("ws_edge_news_entries", "stream") { "\($0)" }
        usedNewsEntries = Self.family("ws_edge_news_entries_used", "stream") { "\($0)" }
        var framesIn: [FrameProtocol: [Counter]] = [:]
        for spoken in FrameProtocol.allCases {
            framesIn[spoken] = FrameType.allCases.map { type in
                Counter(
                    label: "ws_edge_frames_in", dimensions: [("protocol", spoken.rawValue), ("type", "\(type)")])
            }
        }
        self.framesIn = framesIn
        sockJSRequests = Self.family("ws_edge_sockjs_requests", "transport") { $0.rawValue }
        sockJSHops = Self.family("ws_edge_sockjs_hops", "result") { $0.rawValue }
        moves = Self.family("ws_edge_sessions_moved", "reason") { $0.rawValue }
        handshakes = Self.family("ws_edge_handshakes", "result") { $0.rawValue }
        rejections = Self.family("ws_edge_frames_rejected", "code") { $0.rawValue }
        closes = Self.family("ws_edge_closes", "code") { String($0.rawValue) }
        for (label, help) in [
            ("ws_edge_messages_accepted", "Messages appended to the log."),
            ("ws_edge_messages_duplicate", "Messages that had been in the log before."),
            ("ws_edge_messages_delivered", "Messages sent to sessions."),
            ("ws_edge_hints_fitting", "Pushed messages that continued what their session had been sent."),
            ("ws_edge_inbox_reads", "Inbox pages read because a push did not fit, or to catch up."),
            ("ws_edge_topic_messages_delivered", "Messages of topics sent to sessions."),
            ("ws_edge_topic_gaps", "Sessions told that a topic's log does not reach back to where they stood."),
            (
                "ws_edge_topic_reads",
                "Pages of topics' logs read: for sessions that begin or catch up, and because a push did not fit."
            ),
            ("ws_edge_topics", "Topics that sessions here hear now, counted for each event loop."),
            ("ws_edge_topic_subscriptions", "Topics heard by sessions, counted for each session."),
            ("ws_edge_acknowledgement_flushes", "Acknowledgements told to Redis."),
            (
                "ws_edge_notices_dropped",
                "Signals and read marks left out for slow clients, and changes of presence put off."
            ),
            ("ws_edge_presence_told", "Changes of presence told to sessions that watch."),
            ("ws_edge_presence_healed", "Changes of presence that were read before, or instead of, being pushed."),
            ("ws_edge_watched_users", "Users whose presence is watched, those of each event loop by themselves."),
            (
                "ws_edge_session_events_held",
                "Session events that had to wait in the edge because presence does not keep up."
            ),
            ("ws_edge_session_events_dropped", "Session events dropped because too many had to wait."),
            ("ws_edge_explanations", "Questions of operators about a user's sessions that were answered."),
            (
                "ws_edge_items_unknown",
                "News from routers of a later version that this edge does not know and passed over."
            ),
            ("ws_edge_outbound_bytes", "Bytes written to clients."),
            ("ws_edge_redis_latency_seconds", "Time from sending commands to Redis to having the replies."),
            (
                "ws_edge_news_entries",
                "Entries read of what routers tell, by stream: the edge's own, and the one that all edges read."
            ),
            (
                "ws_edge_news_entries_used",
                "Of these, those with something for somebody here. ws_edge_news_entries_total / ws_edge_news_entries_used_total is the amplification."
            ),
            ("ws_edge_news_filtered", "Items of what routers tell that were left out since they are for nobody here."),
            ("ws_edge_misses", "Users of whom a router that computes where they are was told that they are not here."),
            (
                "ws_edge_misses_withheld",
                "Users of whom it was not told, since it was just told, or of too many others."
            ),
            ("ws_edge_frames_in", "Frames from clients, by protocol and type."),
            ("ws_edge_handshakes", "Handshakes, by result."),
            ("ws_edge_frames_rejected", "Error frames to clients, by code."),
            ("ws_edge_closes", "Connections closed, by the code given; client: closed by the client or the network."),
            ("ws_edge_sessions_moved", "Sessions told to move, by reason."),
            (
                "ws_edge_move_rate",
                "Sessions a second that may be told to move now because they belong elsewhere; 0 when none are to."
            ),
            ("ws_edge_ring_version", "Version of the ring that this edge knows."),
            ("ws_edge_ring_edges", "Edges on the ring, alive or not."),
            ("ws_edge_ring_share", "The part of the ring that belongs to this edge, 0 to 1."),
            ("ws_edge_handshakes_waiting", "Handshakes that wait for a registration now."),
            ("ws_edge_registrations_waiting", "Sessions that wait for their registration now."),
            ("ws_edge_connections", "Clients connected now, whatever they speak."),
            ("ws_edge_sockjs_sessions", "SockJS sessions here now, but for those over a WebSocket."),
            ("ws_edge_sockjs_requests", "Requests for SockJS sessions, by transport."),
            (
                "ws_edge_sockjs_hops",
                "Requests for SockJS sessions that live on another edge, by what became of them; passed: all that were handed to it."
            ),
            ("ws_edge_sockjs_hops_served", "Requests for SockJS sessions here that came in at another edge."),
            (
                "ws_edge_sockjs_hop_latency_seconds",
                "Time from handing a request to another edge to its first word."
            ),
            ("ws_edge_event_streams", "Of these, those that listen to Server-Sent Events."),
            ("ws_edge_sessions", "Sessions held now."),
        ] { registry.describe(label, help) }
    }

    private static func family<Case: Hashable & CaseIterable>(
        _ label: String, _ dimension: String, _ name: (Case) -> String
    ) -> [Case: Counter] {
        var counters: [Case: Counter] = [:]
        for value in Case.allCases { counters[value] = Counter(label: label, dimensions: [(dimension, name(value))]) }
        return counters
    }

    /// Has the numbers that are known anyway read at each scrape.
    func observe(_ environment: EdgeEnvironment, _ registry: PrometheusRegistry) {
        let connections = Gauge(label: "ws_edge_connections")
        let sessions = Gauge(label: "ws_edge_sessions")
        let sockJSSessions = Gauge(label: "ws_edge_sockjs_sessions")
        let eventStreams = Gauge(label: "ws_edge_event_streams")
        let feeds = Gauge(label: "ws_edge_topics")
        let subscriptions = Gauge(label: "ws_edge_topic_subscriptions")
        let handshakes = Gauge(label: "ws_edge_handshakes_waiting")
        let registrations = Gauge(label: "ws_edge_registrations_waiting")
        let watched = Gauge(label: "ws_edge_watched_users")
        let version = Gauge(label: "ws_edge_ring_version")
        let members = Gauge(label: "ws_edge_ring_edges")
        let share = Gauge(label: "ws_edge_ring_share")
        registry.onRender {
            let ring = environment.ring.view
            version.record(ring.ring.version)
            members.record(ring.ring.edges.count)
            share.record(ring.shares[environment.configuration.edgeID] ?? 0)
            watched.record(environment.watchedUsers)
            let waiting = environment.waiting
            handshakes.record(waiting.handshakes)
            registrations.record(waiting.registrations)
            connections.record(environment.connections)
            sessions.record(environment.sessions)
            sockJSSessions.record(environment.sockJS.count)
            eventStreams.record(environment.eventStreams)
            let topics = environment.topics
            feeds.record(topics.feeds)
            subscriptions.record(topics.subscriptions)
        }
    }

    /// An entry of what routers tell was read.
    func heard(_ source: NewsSource, isUsed: Bool, filtered: Int) {
        newsEntries[source]?.increment()
        if isUsed { usedNewsEntries[source]?.increment() }
        if filtered > 0 { filteredNews.increment(by: filtered) }
    }

    func missed(_ users: Int, withheld: Int) {
        if users > 0 { misses.increment(by: users) }
        if withheld > 0 { withheldMisses.increment(by: withheld) }
    }

    func countMove(_ reason: Move) { moves[reason]?.increment() }
    func count(_ type: FrameType, in spoken: FrameProtocol = .json) { framesIn[spoken]?[type.rawValue].increment() }
    func count(_ transport: SockJSTransport) { sockJSRequests[transport]?.increment() }
    func count(_ hop: SockJSHop) { sockJSHops[hop]?.increment() }
    func count(_ handshake: Handshake) { handshakes[handshake]?.increment() }
    func countRejection(_ code: ErrorCode) { rejections[code]?.increment() }
    func countClose(_ code: CloseCode) { closes[code]?.increment() }
    func countCloseByClient() { closesByClient.increment() }
}
