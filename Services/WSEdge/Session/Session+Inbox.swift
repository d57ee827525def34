import CoreMetrics
import Messaging
import NIOCore
import RedisStreams

/// What the session gets: hints, pages of its inbox, signals and read marks.
extension Session {
    /// The edge has a new incarnation: to be registered again. True if it is.
    func lapsed() -> Bool { machine.lapsed() }

    // MARK: Hints

    /// The router appended a message to the user's inbox.
    func routed(_ message: RoutedMessage, cursor: MessageID, previous: MessageID) {
        let action = machine.hint(
            cursor: cursor, previous: previous, isOwn: message.isPassedOver(by: device, of: user))
        if action == .deliver {
            environment.metrics.hintsThatFit.increment()
            deliver(message, cursor: cursor)
        } else {
            follow(action)
        }
        enterGroups()
        noteAcknowledgement()
    }

    func look(_ cursor: MessageID) { follow(machine.look(cursor)) }

    func signalled(_ signal: RoutedSignal) {
        guard signal.from != user || signal.device != device else { return }
        sayIfRoom(.signal(signal))
    }

    func marked(_ read: RoutedRead) {
        guard read.user != user || read.device != device else { return }
        sayIfRoom(.read(read))
    }

    /// Says what may be left out when the socket is slow: no more than half of the bound is for it.
    private func sayIfRoom(_ notice: SessionNotice) {
        guard isWelcomed, let transport else { return }
        guard transport.pendingBytes < environment.configuration.outboundLimit / 2 else {
            return environment.metrics.droppedNotices.increment()
        }
        transport.say(notice)
    }

    // MARK: Delivering

    private func deliver(_ message: RoutedMessage, cursor: MessageID) {
        guard let transport else { return }
        endGroup(before: message)
        transport.deliver(message, cursor: cursor)
        environment.metrics.delivered.increment()
        if transport.pendingBytes > environment.configuration.outboundLimit { close(.slowConsumer) }
    }

    func follow(_ action: SessionStateMachine.HintAction) {
        if case .read(let after) = action { read(after: after) }
    }

    private func read(after cursor: MessageID) {
        environment.metrics.inboxReads.increment()
        let beginning = machine.beginning
        loop.redis.send(
            InboxPage.command(keys: environment.keys, user: user, after: cursor, count: Self.page)
        ) { [self] result in
            guard beginning == machine.beginning else { return }
            guard let items = try? InboxPage.reply(result.get()) else { return machine.pageFailed() }
            apply(items, isFull: items.count >= Self.page)
        }
    }

    /// Sends what was read, as far as there is room: who catches up on much is not to be taken for a slow consumer.
    func apply(_ items: [InboxPage.Item], isFull: Bool) {
        var left: MessageID?
        for item in items {
            guard let transport else { return }
            guard !machine.isHeld, transport.pendingBytes < environment.configuration.outboundLimit / 2 else {
                left = item.cursor
                break
            }
            let isOwn = item.entry.isPassedOver(by: device, of: user)
            let action = machine.entry(cursor: item.cursor, previous: item.entry.previous, isOwn: isOwn)
            switch action {
            case .none: break
            case .deliver: deliver(RoutedMessage(item.entry), cursor: item.cursor)
            case .gap(let after): sayGap(after)
            case .gapThenDeliver(let after):
                sayGap(after)
                deliver(RoutedMessage(item.entry), cursor: item.cursor)
            }
        }
        switch machine.pageEnded(isFull: isFull, left: left) {
        case .none: break
        case .read(let after): read(after: after)
        case .gap(let after): sayGap(after)
        }
        enterGroups()
        noteAcknowledgement()
    }

    /// A cursor is the time at which an entry was routed, a message id that at which it was accepted, which is earlier: so the client is told to
    /// fetch from some time before its cursor on.
    private func sayGap(_ after: MessageID) {
        transport?.say(.gap(after: floor(of: after)))
    }

    /// All messages with ids up to this one had been routed, or have to be taken for missed, when the inbox gave `cursor`.
    func floor(of cursor: MessageID) -> MessageID {
        let margin = UInt64(environment.configuration.gapMargin.nanoseconds / 1_000_000)
        return cursor.milliseconds > margin
            ? MessageID(milliseconds: cursor.milliseconds - margin, sequence: 0) : MessageID.zero
    }

    /// The socket takes bytes again.
    func drained() {
        guard let transport, transport.pendingBytes < environment.configuration.outboundLimit / 4 else { return }
        follow(machine.drained())
        topicsDrained()
    }

    // MARK: Trust, and check

    /// Compares what was sent with what the inbox last gave, so that even a hint that was lost with nothing after it heals; and so does one that
    /// the user's sessions were ended.
    func check(_ now: NIODeadline) {
        guard loop.redis.isConnected else { return }
        nextCheck = now + environment.configuration.checkInterval
        guard machine.state == .live else { return }
        compare()
        flushAcknowledgement()
        // A device that only listens, with nothing to acknowledge, must not be forgotten.
        let memory = environment.configuration.deviceMemory.components.seconds
        if now - acknowledgedAt > .seconds(memory / 4), let standing = machine.standing { acknowledge(standing, now) }
    }

    // MARK: Acknowledgements

    /// Has Redis told soon if there is something to tell.
    func noteAcknowledgement() {
        guard !isAcknowledgementDue, machine.hasAcknowledgement else { return }
        isAcknowledgementDue = true
        loop.acknowledgements.add(self)
    }

    func flushAcknowledgement() {
        isAcknowledgementDue = false
        guard let cursor = machine.takeAcknowledgement() else { return }
        acknowledge(cursor, .now())
    }

    private func acknowledge(_ cursor: MessageID, _ now: NIODeadline) {
        acknowledgedAt = now
        environment.metrics.acknowledgementFlushes.increment()
        loop.redis.send(
            AcknowledgeScript.command(
                keys: environment.keys, user: user, device: device, cursor: cursor, claimed: machine.claimed,
                deviceMemory: environment.configuration.deviceMemory)
        ) { [self] result in
            if case .failure = result { machine.acknowledgementFailed() }
        }
    }
}
