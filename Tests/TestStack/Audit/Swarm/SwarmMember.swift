import Messaging
import NIOCore

/// One device of the swarm, as its shard has it come, go and send, and what it writes down. Confined to one event loop.
protocol SwarmMember: AnyObject {
    var index: Int { get }
    var log: SwarmLog { get }
    /// Called when the first session has begun.
    var onOpen: (() -> Void)? { get set }
    /// Whether it is to be connected.
    var isWanted: Bool { get }
    var isOpen: Bool { get }
    /// The number of the session, and when it began.
    var session: UInt32 { get }
    var opened: NIODeadline { get }
    /// What it has sent and not been answered for.
    var queue: SendQueue { get set }
    /// Cursors from one of which it may resume.
    var recent: [MessageID] { get }
    /// The largest id that has come of each topic and large group.
    var places: [ConversationKey: MessageID] { get set }

    func connect()
    /// Goes away, and is not to be connected until ``comeBack()``.
    func goAway(gracefully: Bool, then resumption: SwarmClient.Resumption)
    func comeBack()
    /// Sends a message that was to go out at `due`, now or as soon as it may.
    func send(to conversation: ConversationKey, _ destination: String, due: NIODeadline)
    /// Called a few times a second.
    func tick(_ now: NIODeadline, acknowledges: Bool)
}

extension SwarmMember {
    /// Writes down that something is to be sent.
    /// - Returns: its number, and its body as JSON.
    func recordSent(to conversation: ConversationKey, due: NIODeadline) -> (n: UInt64, data: String) {
        let n = queue.next()
        let data = SwarmBody.text(time: due.uptimeNanoseconds, sender: index, n: n, size: log.plan.bodySize)
        var event = RecordEvent(.sent, device: index)
        event.conversation = conversation
        event.n = UInt32(clamping: n)
        event.hash = AuditNames.hash(data.utf8)
        log.record(event)
        log.counts.control.sent += 1
        return (n, data)
    }

    /// Writes down that `n` has an id. What waited for that does no more.
    func recordAccepted(_ n: UInt64, _ id: MessageID, in conversation: ConversationKey, isDuplicate: Bool) {
        let message = queue.answered(n)
        var event = RecordEvent(.accepted, device: index)
        event.n = UInt32(clamping: n)
        event.id = id
        event.conversation = message?.conversation ?? conversation
        if isDuplicate { event.flags.insert(.duplicate) }
        if conversation != event.conversation { event.flags.insert(.wrongConversation) }
        log.record(event)
        log.accepted(id, in: event.conversation)
        guard let message else { return }
        log.counts.control.accepted += 1
        log.counts.acceptance.add(microseconds: Self.microseconds(since: message.due.uptimeNanoseconds))
    }

    /// Writes down that a message has come, live or from history.
    func recordDelivered(
        _ kind: RecordEvent.Kind, _ id: MessageID, in conversation: ConversationKey, cursor: MessageID,
        _ body: SwarmBody, from user: Int?
    ) {
        var event = RecordEvent(kind, device: index)
        event.session = session
        event.conversation = conversation
        event.id = id
        event.cursor = cursor
        event.sender = UInt32(clamping: body.sender)
        event.n = UInt32(clamping: body.n)
        event.hash = body.hash
        event.setSender(user, log.names)
        log.record(event)
        if kind == .synced {
            log.counts.synced += 1
        } else {
            log.counts.control.delivered += 1
            if body.time >= opened.uptimeNanoseconds {
                log.counts.delivery.add(microseconds: Self.microseconds(since: body.time))
            }
        }
        if log.names.isFeed(conversation) { places[conversation] = max(places[conversation] ?? .zero, id) }
    }

    /// Writes down what is unanswered in the end.
    func recordUnanswered() {
        for (n, message) in queue.unanswered {
            var event = RecordEvent(.unanswered, device: index)
            event.n = UInt32(clamping: n)
            event.conversation = message.conversation
            log.record(event)
        }
    }

    private static func microseconds(since time: UInt64) -> UInt64 {
        let now = NIODeadline.now().uptimeNanoseconds
        return now > time ? (now - time) / 1000 : 0
    }
}
