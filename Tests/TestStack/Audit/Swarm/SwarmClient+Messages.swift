import Messaging
import NIOCore

extension SwarmClient {
    // MARK: Sending

    /// Sends a message that was to go out at `due`, now or as soon as it may.
    func send(to conversation: ConversationKey, _ destination: String, due: NIODeadline) {
        let n = queue.next()
        let data = SwarmBody.text(
            time: due.uptimeNanoseconds, sender: index, n: n, size: log.plan.bodySize)
        var event = RecordEvent(.sent, device: index)
        event.conversation = conversation
        event.n = UInt32(clamping: n)
        event.hash = AuditNames.hash(data.utf8)
        log.record(event)
        log.counts.control.sent += 1
        queue.add(
            n,
            .init(
                text: speech.send(n, to: destination, data: data),
                conversation: conversation, due: due))
        pump()
    }

    /// Writes what may be written.
    func pump() {
        guard isOpen, heldUntil <= .now() else { return }
        while let text = queue.take() { write(text) }
    }

    /// Acknowledges what has come since the last time.
    func acknowledge() {
        guard let cursor, cursor != acknowledged else { return }
        acknowledged = cursor
        recent.removeAll(keepingCapacity: true)
        write(speech.acknowledge(cursor))
        var event = RecordEvent(.acknowledged, device: index)
        event.session = session
        event.cursor = cursor
        log.record(event)
    }

    /// Notes what is unanswered in the end.
    func recordUnanswered() {
        for (n, message) in queue.unanswered {
            var event = RecordEvent(.unanswered, device: index)
            event.n = UInt32(clamping: n)
            event.conversation = message.conversation
            log.record(event)
        }
    }

    // MARK: Receiving

    func receive(_ bytes: [UInt8], _ attempt: Int) {
        guard isCurrent(attempt) else { return }
        heard()
        for frame in speech.frames(bytes, log.names) { receive(frame) }
    }

    private func receive(_ frame: SwarmFrame) {
        switch frame.kind {
        case .welcome: welcome(after: frame.cursor ?? .zero, reconnectWithin: frame.reconnectWithin ?? 0)
        case .message: arrived(frame)
        case .accepted: accepted(frame)
        case .error: refused(frame)
        case .gap: gap(after: frame.after ?? .zero, in: frame.conversation)
        case .moving: move(to: frame.url, within: frame.within ?? 1000)
        case .other: if let url = frame.url { follow(url) }
        }
    }

    private func arrived(_ frame: SwarmFrame) {
        // In STOMP a topic is heard by whoever speaks there, too.
        if log.plan.speaks == .stomp, frame.cursor == nil, frame.body.sender == index { return }
        var event = RecordEvent(.delivered, device: index)
        event.session = session
        event.conversation = frame.conversation
        event.id = frame.id ?? .zero
        event.cursor = frame.cursor ?? .zero
        event.sender = UInt32(clamping: frame.body.sender)
        event.n = UInt32(clamping: frame.body.n)
        event.hash = frame.body.hash
        event.setSender(frame.from, log.names)
        log.record(event)
        log.counts.control.delivered += 1
        if frame.body.time >= opened.uptimeNanoseconds {
            log.counts.delivery.add(microseconds: Self.microseconds(since: frame.body.time))
        }
        if log.names.isFeed(frame.conversation) {
            places[frame.conversation] = max(places[frame.conversation] ?? .zero, frame.id ?? .zero)
        }
        guard let cursor = frame.cursor else { return }
        self.cursor = max(self.cursor ?? .zero, cursor)
        if recent.count < 32 { recent.append(cursor) }
    }

    private func accepted(_ frame: SwarmFrame) {
        guard let n = frame.n, let id = frame.id else { return }
        let message = queue.answered(n)
        var event = RecordEvent(.accepted, device: index)
        event.n = UInt32(clamping: n)
        event.id = id
        event.conversation = message?.conversation ?? frame.conversation
        if frame.isDuplicate { event.flags.insert(.duplicate) }
        if frame.conversation != event.conversation { event.flags.insert(.wrongConversation) }
        log.record(event)
        log.accepted(id, in: event.conversation)
        if let message {
            log.counts.control.accepted += 1
            log.counts.acceptance.add(microseconds: Self.microseconds(since: message.due.uptimeNanoseconds))
        }
        pump()
    }

    private func refused(_ frame: SwarmFrame) {
        log.refused(frame.code)
        var event = RecordEvent(.refused, device: index)
        event.session = session
        event.n = UInt32(clamping: frame.n ?? 0)
        event.code = RefusalCode.number(frame.code)
        if RefusalCode.isTemporary(frame.code), let n = frame.n, n >= Self.subscribing {
            subscribeAgain(to: Int(clamping: n - Self.subscribing), after: frame.retryAfter ?? 100)
            return log.record(event)
        }
        guard RefusalCode.isTemporary(frame.code) else {
            if let n = frame.n { event.conversation = queue.answered(n)?.conversation ?? .none }
            return log.record(event)
        }
        if let n = frame.n {
            event.conversation = queue.unanswered[n]?.conversation ?? .none
            queue.putOff(n)
        }
        log.record(event)
        let wait = TimeAmount.milliseconds(Int64(clamping: max(10, frame.retryAfter ?? 100)))
        heldUntil = max(heldUntil, .now() + wait)
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: wait) { bound.value.pump() }
    }

    private func gap(after: MessageID, in conversation: ConversationKey) {
        log.counts.gaps += 1
        var event = RecordEvent(.gap, device: index)
        event.session = session
        event.conversation = conversation
        // What came in earlier sessions is known, and so is what was missing before that. An edge cannot know it of a large group, and names an earlier place.
        event.id = max(after, placesBefore[conversation] ?? .zero)
        if conversation != .none { event.cursor = after }
        log.record(event)
        log.gaps.yield(.init(device: index, after: event.id, conversation: conversation))
    }

    private static func microseconds(since time: UInt64) -> UInt64 {
        let now = NIODeadline.now().uptimeNanoseconds
        return now > time ? (now - time) / 1000 : 0
    }
}
