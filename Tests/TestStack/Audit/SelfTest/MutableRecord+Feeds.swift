import Messaging

/// What can be spoiled of a large group, whose messages are heard out of one log and, after a gap, fetched.
extension MutableRecord {
    /// Takes away one that was heard.
    mutating func dropHeard() -> Bool {
        guard let place = pick(where: { isHeard($0) && isCertain($0) }) else { return false }
        events.remove(at: place)
        return true
    }

    /// Takes away one that was fetched.
    mutating func dropFetched() -> Bool {
        guard let place = pick(where: { $0.kind == .synced && isOfLargeGroup($0) && isCertain($0) }) else {
            return false
        }
        events.remove(at: place)
        return true
    }

    /// Has a device fetch what it was to hear: history shows it, but nothing had told the device to look there.
    mutating func fetchInsteadOfHearing() -> Bool {
        let found = pick { event in
            guard isHeard(event), isCertain(event), let place = events.firstIndex(of: event) else { return false }
            return !isGapBefore(place)
        }
        guard let place = found else { return false }
        events[place].kind = .synced
        return true
    }

    mutating func repeatHeard() -> Bool {
        guard let place = pick(where: { isHeard($0) && isOnly($0) }) else { return false }
        events.insert(events[place], at: place + 1)
        return true
    }

    mutating func swapHeard() -> Bool {
        let record = self
        return swap(where: record.isHeard)
    }

    /// Has somebody who is no member just then hear a message.
    mutating func letStrangerHear() -> Bool {
        let messages = events.filter(isHeard)
        for _ in 0..<2000 {
            guard let message = draw(messages), let place = pick(where: { $0.kind == .delivered }) else { return false }
            let user = UInt32(names.user(ofDevice: Int(events[place].device)))
            var event = Self.message(message, at: events[place])
            event.cursor = .zero
            guard isStranger(user, message), keepsOrder(message, at: place), !isGapBefore(place + 1, of: event) else {
                continue
            }
            events.insert(event, at: place + 1)
            return true
        }
        return false
    }

    private func isOfLargeGroup(_ event: RecordEvent) -> Bool {
        event.conversation.isGroup && names.isFeed(event.conversation)
    }

    private func isHeard(_ event: RecordEvent) -> Bool {
        event.kind == .delivered && isOfLargeGroup(event) && event.cursor == .zero
    }

    /// Whether what came to the device of the conversation before this place was a gap: then a message there tells where that ends.
    func isGapBefore(_ place: Int, of event: RecordEvent? = nil) -> Bool {
        let event = event ?? events[place]
        let before = events[..<place].last { other in
            other.device == event.device && other.conversation == event.conversation
                && (other.kind == .delivered || other.kind == .gap)
        }
        return before?.kind == .gap
    }
}
