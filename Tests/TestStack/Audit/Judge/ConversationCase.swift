import Messaging

/// All that the record knows of one conversation.
struct ConversationCase {
    /// A message by its sender and the sender's counter.
    struct Key: Hashable {
        let sender: UInt32
        let n: UInt32
    }

    /// What its sender says of a message.
    struct Sending {
        let hash: UInt32
        /// The ids with which it was accepted: one, if all is well.
        var ids: [MessageID] = []
        var isUnanswered = false
    }

    /// Somebody got it: a device by push or sync, a reader of history, or Postgres.
    struct Copy {
        let holder: UInt32
        let key: Key
        let hash: UInt32
        let isWrongSender: Bool
        /// By sync, or from history after a gap.
        let isFetched: Bool
        /// It came out of the holder's inbox.
        let hasCursor: Bool

        init(_ event: RecordEvent) {
            holder = event.device
            key = Key(sender: event.sender, n: event.n)
            hash = event.hash
            isWrongSender = event.flags.contains(.wrongSender)
            isFetched = event.kind == .synced
            hasCursor = event.cursor > .zero
        }
    }

    /// What a device was told to fetch of a feed: from the gap on up to what it heard next.
    private struct Gap {
        let after: MessageID
        var upTo = MessageID.last
    }

    let key: ConversationKey
    /// By device.
    private var gaps: [UInt32: [Gap]] = [:]
    private(set) var sendings: [Key: Sending] = [:]
    /// By message id.
    private(set) var arrivals: [MessageID: [Copy]] = [:]
    private(set) var rows: [MessageID: [Copy]] = [:]
    /// By reader.
    private(set) var shown: [UInt32: [MessageID: [Copy]]] = [:]
    private(set) var members: [UInt32: MembershipTimeline] = [:]
    private(set) var refusals: [RecordEvent] = []

    init(_ key: ConversationKey) { self.key = key }

    mutating func add(_ event: RecordEvent) {
        let copy = Copy(event)
        switch event.kind {
        case .sent: sendings[Key(sender: event.device, n: event.n)] = Sending(hash: event.hash)
        case .accepted, .unanswered: answer(event)
        case .refused:
            if !RefusalCode.isTemporary(RefusalCode.name(event.code)) { refusals.append(event) }
        case .delivered, .synced:
            arrivals[event.id, default: []].append(copy)
            if !copy.isFetched, !copy.hasCursor { closeGaps(event) }
        case .gap: gaps[event.device, default: []].append(Gap(after: event.id))
        case .joined, .left: members[event.sender, default: .init()].add(event)
        case .readBack: shown[event.device, default: [:]] = shown[event.device] ?? [:]
        case .history: shown[event.device, default: [:]][event.id, default: []].append(copy)
        case .row: rows[event.id, default: []].append(copy)
        default: break
        }
    }

    /// Live messages go on here.
    private mutating func closeGaps(_ event: RecordEvent) {
        guard var all = gaps[event.device] else { return }
        for place in all.indices where all[place].upTo == .last { all[place].upTo = event.id }
        gaps[event.device] = all
    }

    /// Whether a device had been told to fetch a message: only then does what it fetched stand for what it was not given.
    func isInGap(_ id: MessageID, of device: UInt32) -> Bool {
        gaps[device]?.contains { $0.after < id && id < $0.upTo } ?? false
    }

    /// A device's events are in the order of time, so its `sent` was there before.
    private mutating func answer(_ event: RecordEvent) {
        let key = Key(sender: event.device, n: event.n)
        if event.kind == .unanswered {
            sendings[key]?.isUnanswered = true
        } else if sendings[key]?.ids.contains(event.id) != true {
            sendings[key]?.ids.append(event.id)
        }
    }
}
