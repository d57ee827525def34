import Messaging
import NIOCore

/// What the clients of one event loop share: the record, the counts and the random choices. Confined to that loop.
final class SwarmLog {
    /// What has happened so far.
    struct Counts: Sendable {
        var control = AuditControl.Counts()
        var unanswered = 0
        var gaps = 0
        var synced = 0
        var sessions = 0
        var refusals: [String: Int] = [:]
        var delivery = LatencyHistogram()
        var acceptance = LatencyHistogram()

        mutating func add(_ other: Counts) {
            control.open += other.control.open
            control.wanted += other.control.wanted
            control.sent += other.control.sent
            control.accepted += other.control.accepted
            control.delivered += other.control.delivered
            unanswered += other.unanswered
            gaps += other.gaps
            synced += other.synced
            sessions += other.sessions
            refusals.merge(other.refusals, uniquingKeysWith: +)
            delivery.add(other.delivery)
            acceptance.add(other.acceptance)
        }
    }

    /// A device has to fetch what its inbox no longer holds; or, where a conversation is given, the log of that topic or large group.
    struct Gap: Sendable {
        let device: Int
        let after: MessageID
        var conversation = ConversationKey.none
    }

    let names: AuditNames
    let writer: RecordWriter
    let gaps: AsyncStream<Gap>.Continuation
    private let start: NIODeadline
    var edges: [String]
    /// The base URL of history's REST.
    let history: String
    var generator: SeededGenerator
    var counts = Counts()
    /// The last id accepted in each conversation.
    private(set) var lastAccepted: [ConversationKey: MessageID] = [:]

    init(
        names: AuditNames, edges: [String], history: String, writer: RecordWriter, start: NIODeadline, seed: UInt64,
        gaps: AsyncStream<Gap>.Continuation
    ) {
        self.names = names
        self.edges = edges
        self.history = history
        self.writer = writer
        self.start = start
        self.gaps = gaps
        generator = SeededGenerator(seed: seed)
    }

    var plan: AuditPlan { names.plan }

    /// Writes an event down, now.
    func record(_ event: RecordEvent) {
        var event = event
        let now = NIODeadline.now()
        event.time = now > start ? UInt64((now - start).nanoseconds / 1000) : 0
        writer.append(event)
    }

    func accepted(_ id: MessageID, in conversation: ConversationKey) {
        lastAccepted[conversation] = max(lastAccepted[conversation] ?? .zero, id)
    }

    func refused(_ code: String) { counts.refusals[code, default: 0] += 1 }
}

@available(*, unavailable)
extension SwarmLog: Sendable {}
