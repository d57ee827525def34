import Messaging
import NIOCore

extension SwarmClient {
    // MARK: Sending

    /// Sends a message that was to go out at `due`, now or as soon as it may.
    func send(to conversation: ConversationKey, _ destination: String, due: NIODeadline) {
        let (n, data) = recordSent(to: conversation, due: due)
        queue.add(
            n,
            .init(
                text: speech.send(n, to: destination, data: data), to: destination, conversation: conversation, due: due
            ))
        pump()
    }

    /// Writes what may be written.
    func pump() {
        guard isOpen, heldUntil <= .now() else { return }
        while let next = queue.take() { write(next.message.text) }
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
        recordDelivered(
            .delivered, frame.id ?? .zero, in: frame.conversation, cursor: frame.cursor ?? .zero, frame.body,
            from: frame.from)
        guard let cursor = frame.cursor else { return }
        self.cursor = max(self.cursor ?? .zero, cursor)
        if recent.count < 32 { recent.append(cursor) }
    }

    private func accepted(_ frame: SwarmFrame) {
        guard let n = frame.n, let id = frame.id else { return }
        recordAccepted(n, id, in: frame.conversation, isDuplicate: frame.isDuplicate)
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
}
