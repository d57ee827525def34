public import Messaging

// SUBSCRIBE and UNSUBSCRIBE, and what is delivered to subscriptions.
extension STOMPStateMachine {
    mutating func subscribe(_ frame: STOMPFrame, _ effects: inout [STOMPEffect]) throws(STOMPError) {
        let destination = try Self.required("destination", frame)
        let source = try configuration.destinations.source(ofSubscribe: destination)
        let id = version == .v10 ? frame.headers["id"] : try Self.required("id", frame)
        let key = STOMPSubscription.Key(id: id, destination: destination)
        guard !subscriptions.contains(where: { $0.key.isSame(as: key) }) else {
            throw STOMPError(.subscriptionInUse, "each subscription has an 'id' of its own")
        }
        guard subscriptions.count < configuration.limits.subscriptions else {
            throw STOMPError(
                .tooManySubscriptions, "a session has at most \(configuration.limits.subscriptions) subscriptions")
        }
        let mode = try mode(frame)
        let isFirst = !subscriptions.contains { $0.source == source }
        let after = try after(frame, source, isFirst: isFirst)
        subscriptions.append(
            STOMPSubscription(number: nextNumber(), key: key, source: source, mode: mode, version: version ?? .v12))
        guard isFirst else { return Self.acknowledge(frame, &effects) }
        switch source {
        case .inbox: effects.append(.subscribeInbox(tag: tag(frame)))
        case .topic(let topic): effects.append(.subscribeTopic(tag: tag(frame), topic: topic, after: after))
        case .presence(let user): effects.append(.watch(tag: tag(frame), user: user))
        case .signals, .reads: Self.acknowledge(frame, &effects)
        }
    }

    private mutating func tag(_ frame: STOMPFrame) -> UInt64 { tags(1, receipt: frame.headers["receipt"])[0] }

    private func mode(_ frame: STOMPFrame) throws(STOMPError) -> STOMPSubscription.Mode {
        guard let text = frame.headers["ack"] else { return .auto }
        guard let mode = STOMPSubscription.Mode(rawValue: text), version != .v10 || mode != .individual else {
            throw STOMPError(
                .badHeader,
                version == .v10
                    ? "header 'ack' is auto or client" : "header 'ack' is auto, client or client-individual")
        }
        return mode
    }

    private func after(
        _ frame: STOMPFrame, _ source: DestinationMap.Source, isFirst: Bool
    ) throws(STOMPError) -> MessageID? {
        guard let text = frame.headers["after"] else { return nil }
        guard case .topic = source, isFirst else {
            throw STOMPError(.badHeader, "header 'after' is for a session's first subscription to a topic")
        }
        guard let after = MessageID(text) else {
            throw STOMPError(.badHeader, "header 'after' is a message id of the form <ms>-<n>, or 0")
        }
        return after
    }

    mutating func unsubscribe(_ frame: STOMPFrame, _ effects: inout [STOMPEffect]) throws(STOMPError) {
        let key: STOMPSubscription.Key
        if version == .v10, frame.headers["id"] == nil {
            key = STOMPSubscription.Key(id: nil, destination: try Self.required("destination", frame))
        } else {
            key = STOMPSubscription.Key(id: try Self.required("id", frame), destination: "")
        }
        guard let index = subscriptions.firstIndex(where: { $0.key.isSame(as: key) }) else {
            throw STOMPError(.unknownSubscription, "UNSUBSCRIBE names no open subscription")
        }
        let subscription = subscriptions.remove(at: index)
        let isLast = !subscriptions.contains { $0.source == subscription.source }
        switch subscription.source {
        case .inbox where isLast:
            ledger.clear()
            isInboxPaused = false
            effects.append(.unsubscribeInbox)
        case .inbox: advance(to: ledger.forget(subscription.number), &effects)
        case .topic(let topic): if isLast { effects.append(.unsubscribeTopic(topic)) }
        case .presence(let user): if isLast { effects.append(.unwatch(user)) }
        case .signals, .reads: break
        }
        Self.acknowledge(frame, &effects)
    }

    // MARK: Delivery

    /// A message of the inbox. One that is not after the last is passed over.
    public mutating func deliver(cursor: MessageID, message: MessageID) -> STOMPDelivery {
        var delivery = STOMPDelivery()
        guard isConnected, cursor > ledger.last else { return delivery }
        var receivers: [UInt64] = []
        var owing: [UInt64] = []
        for subscription in subscriptions where subscription.source == .inbox {
            delivery.heads.append(subscription.head(place: cursor, cursor: cursor))
            receivers.append(subscription.number)
            if subscription.mode != .auto { owing.append(subscription.number) }
        }
        guard !receivers.isEmpty else { return delivery }
        advance(to: ledger.deliver(cursor, message, to: receivers, owing: owing), &delivery.effects)
        if !isInboxPaused, ledger.count >= configuration.limits.unacknowledged {
            isInboxPaused = true
            delivery.effects.append(.pauseInbox)
        }
        return delivery
    }

    /// What has no cursor: a message of a topic, a signal, or a message of a large group or for everybody that comes to the inbox' subscriptions.
    /// Acknowledgements of it are taken and move nothing by themselves; of what came with the inbox, a cumulative one is good for all that came before.
    /// - Parameter message: The message's id, if it is one.
    public mutating func deliver(from source: DestinationMap.Source, message: MessageID? = nil) -> STOMPDelivery {
        var delivery = STOMPDelivery()
        guard isConnected else { return delivery }
        for subscription in subscriptions where subscription.source == source {
            // Among the inbox' cursors a message's id has no place.
            let isBehind = source == .inbox && subscription.mode == .client && ledger.last != .zero
            let place = source != .inbox ? message : isBehind ? ledger.last : nil
            delivery.heads.append(subscription.head(place: place ?? .zero, isBehind: isBehind, cursor: nil))
        }
        // Before 1.2 it is named by its id.
        if source == .inbox, version != .v12, let message, !delivery.heads.isEmpty {
            ledger.pass(message, limit: configuration.limits.unacknowledged)
        }
        return delivery
    }

    /// Whether somebody listens to this.
    public func listens(to source: DestinationMap.Source) -> Bool {
        subscriptions.contains { $0.source == source }
    }

    /// The cursor has moved, unless it is nil; room may have come in the window.
    mutating func advance(to cursor: MessageID?, _ effects: inout [STOMPEffect]) {
        guard let cursor else { return }
        effects.append(.acknowledge(cursor))
        if isInboxPaused, ledger.count <= configuration.limits.unacknowledged / 2 {
            isInboxPaused = false
            effects.append(.resumeInbox)
        }
    }
}
