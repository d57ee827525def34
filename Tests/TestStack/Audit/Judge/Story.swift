/// All that the record knows about what one violation is about, in the order of time.
struct Story {
    /// The most events that are told; of more the first and the last.
    private static let longest = 60

    private let subject: Findings.Subject
    private let names: AuditNames
    private var events: [RecordEvent] = []

    init(_ subject: Findings.Subject, _ names: AuditNames) {
        self.subject = subject
        self.names = names
    }

    mutating func add(_ event: RecordEvent) {
        if isAboutMessage(event) || isAboutDevice(event) || isAboutMember(event) { events.append(event) }
    }

    var lines: [String] {
        let sorted = events.sorted { $0.time < $1.time }.map { EventText.line($0, names) }
        guard sorted.count > Self.longest else { return sorted }
        let half = Self.longest / 2
        return sorted.prefix(half) + ["… \(sorted.count - 2 * half) more …"] + sorted.suffix(half)
    }

    private func isAboutMessage(_ event: RecordEvent) -> Bool {
        switch event.kind {
        case .sent, .accepted, .refused, .unanswered:
            return event.device == subject.sender && event.n == subject.n && subject.n != nil
        case .delivered, .synced, .history, .row:
            guard event.conversation == subject.conversation, subject.conversation != .none else { return false }
            return event.id == subject.id || event.sender == subject.sender && event.n == subject.n
        default: return false
        }
    }

    private func isAboutDevice(_ event: RecordEvent) -> Bool {
        switch event.kind {
        case .connected, .disconnected, .gap: return event.device == subject.device || isOfUser(event)
        case .presence:
            return event.flags.contains(.isUser) ? event.device == subject.user : event.device == subject.device
        default: return false
        }
    }

    /// Of a device of the user whom presence told of.
    private func isOfUser(_ event: RecordEvent) -> Bool {
        guard let user = subject.user, subject.conversation == .none else { return false }
        return names.devices(ofUser: Int(user)).contains(Int(event.device))
    }

    private func isAboutMember(_ event: RecordEvent) -> Bool {
        guard event.kind == .joined || event.kind == .left, event.conversation == subject.conversation else {
            return false
        }
        let user = subject.user ?? subject.device.map { UInt32(names.user(ofDevice: Int($0))) }
        return event.sender == user
    }
}
