import Messaging

/// A record in memory, to be spoiled.
struct MutableRecord {
    private struct Delivery: Hashable {
        let device: UInt32
        let conversation: ConversationKey
        let id: MessageID
    }

    /// What draws the places; apart, so that drawing one is no change of the record.
    private final class Dice {
        var generator: SeededGenerator

        init(_ seed: UInt64) { generator = SeededGenerator(seed: seed) }
    }

    var events: [RecordEvent]
    let names: AuditNames
    private let dice: Dice
    /// How often a device was given each message.
    private let times: [Delivery: Int]
    private let accepted: Set<Delivery>
    private let members: [ConversationKey: [UInt32: MembershipTimeline]]

    init(_ events: [RecordEvent], _ names: AuditNames, seed: UInt64) {
        self.events = events
        self.names = names
        dice = Dice(seed)
        var times: [Delivery: Int] = [:]
        var accepted: Set<Delivery> = []
        var members: [ConversationKey: [UInt32: MembershipTimeline]] = [:]
        for event in events {
            switch event.kind {
            case .delivered, .synced: times[Self.delivery(event), default: 0] += 1
            case .accepted: accepted.insert(.init(device: 0, conversation: event.conversation, id: event.id))
            case .joined, .left: members[event.conversation, default: [:]][event.sender, default: .init()].add(event)
            default: break
            }
        }
        self.times = times
        self.accepted = accepted
        self.members = members
    }

    // MARK: Of deliveries

    /// Takes one delivery away.
    mutating func drop() -> Bool {
        guard let place = pick(where: { $0.kind == .delivered && isCertain($0) }) else { return false }
        events.remove(at: place)
        return true
    }

    mutating func repeatAtOnce() -> Bool {
        guard let place = pick(where: { isOnly($0) }) else { return false }
        events.insert(events[place], at: place + 1)
        return true
    }

    /// Gives a device, when it has resumed after a place, something from before it.
    mutating func repeatAfterResuming() -> Bool {
        guard
            let place = pick(where: { event in
                event.kind == .connected && event.flags.contains(.named) && earlier(than: event) != nil
            }), var event = earlier(than: events[place])
        else { return false }
        event.session = events[place].session
        events.insert(event, at: place + 1)
        return true
    }

    /// Exchanges two messages of a conversation that a device was given one after the other.
    mutating func swap(where isMeant: (RecordEvent) -> Bool = { _ in true }) -> Bool {
        let found = pick { event in isMeant(event) && isOnly(event) && next(after: event) != nil }
        guard let place = found, let other = next(after: events[place]) else { return false }
        let (one, two) = (events[place], events[other])
        events[place] = Self.message(two, at: one)
        events[other] = Self.message(one, at: two)
        return true
    }

    /// Gives somebody a message that is not for them.
    mutating func deliverToStranger(of isMeant: (ConversationKey) -> Bool) -> Bool {
        let messages = events.filter { event in
            event.kind == .delivered && isMeant(event.conversation) && !names.isFeed(event.conversation)
        }
        for _ in 0..<2000 {
            guard let message = messages.randomElement(using: &dice.generator),
                let place = pick(where: { hasRoom(after: $0) })
            else { return false }
            var stranger = events[place]
            let user = UInt32(names.user(ofDevice: Int(stranger.device)))
            guard isStranger(user, message), keepsOrder(message, at: place) else { continue }
            stranger = Self.message(message, at: stranger)
            stranger.cursor.sequence += 1
            events.insert(stranger, at: place + 1)
            return true
        }
        return false
    }

    /// Gives a device a message that nobody has sent.
    mutating func invent() -> Bool {
        guard let place = pick(where: { hasRoom(after: $0) }) else { return false }
        var event = events[place]
        event.cursor.sequence += 1
        event.id.sequence += 1000
        event.n = .max
        events.insert(event, at: place + 1)
        return true
    }

    // MARK: Of anything

    /// Changes an event, and only what is there once.
    mutating func change(
        _ kind: RecordEvent.Kind, as flags: RecordEvent.Flags = [], _ body: (inout RecordEvent) -> Void
    ) -> Bool {
        guard
            let place = pick(where: {
                $0.kind == kind && $0.flags.isSuperset(of: flags) && (kind != .delivered || isOnly($0))
            })
        else { return false }
        body(&events[place])
        return true
    }

    mutating func remove(_ kind: RecordEvent.Kind) -> Bool {
        guard let place = pick(where: { $0.kind == kind && isCertain($0) }) else { return false }
        events.remove(at: place)
        return true
    }

    mutating func duplicate(_ kind: RecordEvent.Kind) -> Bool {
        guard let place = pick(where: { $0.kind == kind }) else { return false }
        events.append(events[place])
        return true
    }

    /// Adds a copy of a message that nobody has sent.
    mutating func inventCopy(_ kind: RecordEvent.Kind) -> Bool {
        guard let place = pick(where: { $0.kind == kind }) else { return false }
        var event = events[place]
        event.id.sequence += 1000
        event.n = .max
        events.append(event)
        return true
    }

    mutating func acceptTwice() -> Bool {
        guard let place = pick(where: { $0.kind == .accepted }) else { return false }
        var event = events[place]
        event.id.sequence += 1000
        events.insert(event, at: place + 1)
        return true
    }

    mutating func refuse() -> Bool {
        guard let place = pick(where: { $0.kind == .sent }) else { return false }
        var event = events[place]
        event.n = .max
        events.append(event)
        event.kind = .refused
        event.code = RefusalCode.number("forbidden")
        events.append(event)
        return true
    }

    mutating func leaveUnanswered() -> Bool {
        let accepted = events.filter { $0.kind == .accepted }
        guard let picked = accepted.randomElement(using: &dice.generator) else { return false }
        events.removeAll { $0.kind == .accepted && $0.device == picked.device && $0.n == picked.n }
        var event = picked
        event.kind = .unanswered
        events.append(event)
        return true
    }

    // MARK: Places

    func draw(_ events: [RecordEvent]) -> RecordEvent? { events.randomElement(using: &dice.generator) }

    func pick(where isRight: (RecordEvent) -> Bool) -> Int? {
        guard !events.isEmpty else { return nil }
        let start = Int.random(in: events.indices, using: &dice.generator)
        return (start..<events.count).first { isRight(events[$0]) } ?? (0..<start).first { isRight(events[$0]) }
    }

    /// A delivery of what its device was given once.
    func isOnly(_ event: RecordEvent) -> Bool {
        event.kind == .delivered && times[Self.delivery(event)] == 1
    }

    /// Something that has to be there: of an accepted message, for somebody who certainly is a recipient.
    func isCertain(_ event: RecordEvent) -> Bool {
        guard accepted.contains(.init(device: 0, conversation: event.conversation, id: event.id)) else { return false }
        switch event.kind {
        case .delivered, .synced:
            guard times[Self.delivery(event)] == 1 else { return false }
            return isRecipient(UInt32(names.user(ofDevice: Int(event.device))), event)
        case .history: return isRecipient(event.device, event)
        default: return true
        }
    }

    private func isRecipient(_ user: UInt32, _ event: RecordEvent) -> Bool {
        guard case .group = event.conversation.parts else { return true }
        return members[event.conversation]?[user]?.isMember(at: event.id) == .yes
    }

    func isStranger(_ user: UInt32, _ event: RecordEvent) -> Bool {
        switch event.conversation.parts {
        case .direct(let one, let other): user != one && user != other
        case .group:
            // Somebody who is a member at times: the hardest to tell.
            members[event.conversation]?[user]?.isMember(at: event.id) == .no
        case .topic(let topic): !names.plan.listeners(ofTopic: topic).contains(Int(user))
        case .other, .none: false
        }
    }

    /// Whether a delivery can be followed by another one, its cursor one more, without meeting the next.
    private func hasRoom(after event: RecordEvent) -> Bool {
        // What has no cursor has no place in the inbox.
        guard isOnly(event), event.cursor > .zero else { return false }
        var cursor = event.cursor
        cursor.sequence += 1
        var isThere = false
        for other in events where other.device == event.device && other.kind == .delivered && other.cursor > .zero {
            if isThere, other.session == event.session { return other.cursor > cursor }
            if other == event { isThere = true }
        }
        return isThere
    }

    /// Whether a message in this place would be in the order of its conversation, for the device whose place it is.
    func keepsOrder(_ message: RecordEvent, at place: Int) -> Bool {
        func isNear(_ event: RecordEvent) -> Bool {
            event.kind == .delivered && event.device == events[place].device
                && event.conversation == message.conversation
        }
        let before = events[...place].last(where: isNear)?.id ?? .zero
        let after = events[(place + 1)...].first(where: isNear)?.id ?? .last
        return before < message.id && message.id < after
    }

    private func earlier(than connected: RecordEvent) -> RecordEvent? {
        events.first { event in
            event.device == connected.device && isOnly(event) && event.session < connected.session
                && event.cursor <= connected.id
        }
    }

    /// The next delivery of the same conversation in the same session.
    private func next(after event: RecordEvent) -> Int? {
        guard
            let place = events.firstIndex(where: { other in
                other.device == event.device && other.kind == .delivered && other.session == event.session
                    && other.conversation == event.conversation && other.id > event.id
            }), isOnly(events[place]), !isGapBefore(place)
        else { return nil }
        return place
    }

    /// A delivery's place with another one's message.
    static func message(_ message: RecordEvent, at place: RecordEvent) -> RecordEvent {
        var event = place
        event.conversation = message.conversation
        event.id = message.id
        event.sender = message.sender
        event.n = message.n
        event.hash = message.hash
        event.flags = message.flags
        return event
    }

    private static func delivery(_ event: RecordEvent) -> Delivery {
        Delivery(device: event.device, conversation: event.conversation, id: event.id)
    }
}
