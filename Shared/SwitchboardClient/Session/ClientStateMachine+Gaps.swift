import Messaging

extension ClientStateMachine {
    /// A log does not reach back to where it was asked from: what is missing is fetched, and what comes meanwhile waits for it. Nothing of that is acknowledged
    /// before it was handed on: a client that ends meanwhile comes back to the same gap, not to a hole.
    mutating func gap(_ frame: FrameFields, _ now: Moment) {
        guard let after = frame.after else { return }
        emit(.gap(conversation: frame.conversation, after: after, reason: frame.reason ?? ""))
        let place = frame.conversation ?? ""
        var fill: GapFill
        if let topic = Topics.topic(of: place) {
            // A second hole while the first is filled is filled with it: history is read on until what comes live is reached.
            guard topics[topic] != nil || place == Topics.all, fills[place] == nil else { return }
            fill = GapFill(.topic(place), serial: nextSerial(), after: after)
        } else if place.isEmpty {
            // A second one while the first is filled: what is fetched from here on goes beyond it.
            fill = GapFill(.inbox, serial: nextSerial(), after: max(after, filledTo ?? .zero))
        } else {
            fill = GapFill(.group(place), serial: nextSerial(), after: after)
        }
        fill.held = fills[place]?.held ?? []
        fills[place] = fill
    }

    /// Asks for pages, as many at a time as is fit, and not while the application is behind.
    mutating func pumpFills(_ now: Moment) {
        guard mayFetch else { return }
        var free = Self.fetches - fills.values.count(where: \.isFetching)
        for (place, fill) in fills.sorted(by: { $0.value.serial < $1.value.serial })
        where free > 0 && !fill.isFetching && fill.notBefore <= now.elapsed {
            fills[place]?.isFetching = true
            fills[place]?.notBefore = 0
            actions.append(.fetch(fill.serial, target: fill.target))
            free -= 1
        }
    }

    /// A page came, or did not: `status` is that of the answer, nil when there was none.
    mutating func fetched(
        _ serial: Int, _ page: HistoryPage?, status: Int?, _ now: Moment
    ) -> [ClientAction] {
        guard let place = fills.first(where: { $0.value.serial == serial })?.key, var fill = fills[place] else {
            return finish(now)
        }
        fill.isFetching = false
        let isFilled: Bool
        if let page {
            for message in page.messages { tellMissing(message, of: fill) }
            isFilled = fill.advance(page, random: random(), now)
            if fill.source == .inbox { filledTo = max(filledTo ?? .zero, fill.after) }
        } else {
            isFilled = fill.fail(status: status, random: random(), now)
        }
        fills[place] = isFilled ? nil : fill
        if isFilled { goOn(fill) }
        return finish(now)
    }

    private mutating func tellMissing(_ message: FrameFields, of fill: GapFill) {
        guard let id = message.id, fill.lacks(id) else { return }
        if case .topic(let conversation) = fill.source, let topic = Topics.topic(of: conversation), topics[topic] != nil
        {
            tellTopic(topic, message)
        } else {
            emitOnce(message)
        }
    }

    /// A gap is filled: what waited for it goes on.
    private mutating func goOn(_ fill: GapFill) {
        guard case .topic(let conversation) = fill.source, let topic = Topics.topic(of: conversation),
            topics[topic] != nil
        else {
            for frame in fill.held { tell(frame) }
            return
        }
        for frame in fill.held { tellTopic(topic, frame) }
        if let until = fill.until { topics[topic]?.advance(until) }
    }
}
