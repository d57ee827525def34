import Messaging

/// Judges what came to each device, in the order in which it came: nothing twice but what may come twice, nothing out of order.
struct DeviceJudge {
    private struct Message: Hashable {
        let conversation: ConversationKey
        let id: MessageID
    }

    private struct Arrival {
        let cursor: MessageID
        var session: UInt32
    }

    private struct Device {
        /// The place that the device named when it resumed, else where the server began.
        var place = MessageID.zero
        /// The last cursor of this session.
        var cursor = MessageID.zero
        var arrived: [Message: Arrival] = [:]
        var last: [ConversationKey: MessageID] = [:]
    }

    private let names: AuditNames
    private var devices: [UInt32: Device] = [:]
    private(set) var findings = Findings()
    private(set) var rereads = 0

    init(_ names: AuditNames) { self.names = names }

    mutating func add(_ event: RecordEvent) {
        switch event.kind {
        case .connected:
            let place = event.flags.contains(.named) ? event.id : event.cursor
            devices[event.device, default: Device()].place = place
            devices[event.device]?.cursor = event.cursor
        case .delivered: arrived(event)
        default: break
        }
    }

    private mutating func arrived(_ event: RecordEvent) {
        // In its place in the dictionary: a copy would take the whole table with it.
        func tell(_ kind: AuditViolation, _ text: String) {
            let subject = Findings.Subject(
                device: event.device, conversation: event.conversation, id: event.id, sender: event.sender, n: event.n)
            findings.add(kind, subject, "\(EventText.device(event.device, names)): \(text)")
        }
        if isHeard(event) {
            if let fault = heard(event) { tell(fault.kind, fault.text) }
            return
        }
        let message = Message(conversation: event.conversation, id: event.id)
        let before = devices[event.device, default: Device()].cursor
        devices[event.device]?.cursor = max(before, event.cursor)
        if let first = devices[event.device]?.arrived[message] {
            let place = devices[event.device]?.place ?? .zero
            let mayComeAgain = first.session != event.session && first.cursor == event.cursor && event.cursor > place
            guard mayComeAgain, event.cursor > before else {
                return tell(
                    .repeated,
                    "\(event.id) of \(names.conversation(event.conversation)) came again, with cursor \(event.cursor) after \(before) in a session resumed after \(place); first it had \(first.cursor)"
                )
            }
            devices[event.device]?.arrived[message]?.session = event.session
            rereads += 1
            return
        }
        devices[event.device]?.arrived[message] = Arrival(cursor: event.cursor, session: event.session)
        let last = devices[event.device]?.last[event.conversation] ?? .zero
        devices[event.device]?.last[event.conversation] = max(last, event.id)
        if event.id < last {
            tell(.outOfOrder, "\(event.id) of \(names.conversation(event.conversation)) came after \(last)")
        } else if event.cursor <= before {
            tell(.outOfOrder, "cursor \(event.cursor) came after \(before)")
        }
    }

    /// Whether it came out of a log that many hear: of a topic always, of a large group as long as it is large, which the missing cursor tells.
    private func isHeard(_ event: RecordEvent) -> Bool {
        if case .topic = event.conversation.parts { return true }
        return names.isFeed(event.conversation) && event.cursor == .zero
    }

    /// A message of a feed: it has no cursor. Of a topic a device resumes after the last one that came, of a large group it is told what is said from
    /// now on; so none comes again.
    private mutating func heard(_ event: RecordEvent) -> (kind: AuditViolation, text: String)? {
        let last = devices[event.device, default: Device()].last[event.conversation] ?? .zero
        let message = Message(conversation: event.conversation, id: event.id)
        guard event.id > last else {
            let isRepeated = devices[event.device]?.arrived[message] != nil
            return (
                isRepeated ? .repeated : .outOfOrder,
                "\(event.id) of \(names.conversation(event.conversation)) came after \(last)"
            )
        }
        devices[event.device]?.last[event.conversation] = event.id
        devices[event.device]?.arrived[message] = Arrival(cursor: .zero, session: event.session)
        return nil
    }
}
