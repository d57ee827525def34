import Messaging

/// Judges what became of the messages of conversations: each came to whom it was for, to nobody else, and is kept once.
struct ConversationJudge {
    private let names: AuditNames
    private let hasRows: Bool
    private(set) var findings = Findings()
    private(set) var accepted = 0
    private(set) var expected = 0
    private(set) var delivered = 0

    /// - Parameter hasRows: whether Postgres was read.
    init(_ names: AuditNames, hasRows: Bool) {
        self.names = names
        self.hasRows = hasRows
    }

    mutating func judge(_ conversation: ConversationCase) {
        var accepted: [MessageID: ConversationCase.Key] = [:]
        for (key, sending) in conversation.sendings {
            if !sending.ids.isEmpty { self.accepted += 1 }
            // With two ids it is told as such, and not for each of them once more.
            if sending.ids.count == 1 { accepted[sending.ids[0]] = key }
            let subject = Findings.Subject(
                conversation: conversation.key, id: sending.ids.first, sender: key.sender, n: key.n)
            if sending.ids.count > 1 {
                findings.add(.acceptedTwice, subject, "\(text(key)) was accepted as \(list(sending.ids))")
            }
            if sending.isUnanswered { findings.add(.unanswered, subject, "\(text(key)) was never answered") }
        }
        for event in conversation.refusals {
            findings.add(
                .refused,
                .init(conversation: conversation.key, sender: event.device, n: event.n),
                "n \(event.n) of \(EventText.device(event.device, names)) was refused with \(RefusalCode.name(event.code))"
            )
        }
        judgeArrivals(conversation, accepted)
        if hasRows { judgeRows(conversation, accepted) }
        for (reader, shown) in conversation.shown { judge(shown, reader: reader, conversation, accepted) }
    }

    // MARK: What devices got

    private mutating func judgeArrivals(
        _ conversation: ConversationCase, _ accepted: [MessageID: ConversationCase.Key]
    ) {
        for (id, copies) in conversation.arrivals {
            for copy in copies { judge(copy, id, conversation) }
            if let key = copies.first?.key, isOtherID(id, key, conversation) {
                findings.add(.acceptedTwice, subject(id, key, conversation), "\(text(key)) was also delivered as \(id)")
            }
        }
        let users = users(of: conversation)
        for (id, key) in accepted {
            let got = holders(of: id, conversation)
            for user in users where isFor(user, id, conversation) == .yes {
                for device in names.devices(ofUser: Int(user)).map(UInt32.init) where device != key.sender {
                    expected += 1
                    if got.contains(device) {
                        delivered += 1
                    } else {
                        var subject = subject(id, key, conversation)
                        subject.device = device
                        findings.add(.lost, subject, "\(EventText.device(device, names)) never got \(id), \(text(key))")
                    }
                }
            }
        }
    }

    /// The devices that got a message as they should. What is heard out of one log joins what is fetched after a gap exactly: a message behind that, which
    /// history happened to show as well, is lost all the same.
    private func holders(of id: MessageID, _ conversation: ConversationCase) -> Set<UInt32> {
        let copies = conversation.arrivals[id] ?? []
        // What a group has in inboxes, as long as it is small, is fetched from sync.
        let isFeed = names.isFeed(conversation.key) && !copies.contains { !$0.isFetched && $0.hasCursor }
        return Set(
            copies.lazy.filter { !isFeed || !$0.isFetched || conversation.isInGap(id, of: $0.holder) }.map(\.holder))
    }

    private mutating func judge(_ copy: ConversationCase.Copy, _ id: MessageID, _ conversation: ConversationCase) {
        var subject = subject(id, copy.key, conversation)
        subject.device = copy.holder
        let device = EventText.device(copy.holder, names)
        if let wrong = wrong(copy, conversation) {
            return findings.add(.altered, subject, "\(device) got \(id), \(text(copy.key)), \(wrong)")
        }
        if copy.holder == copy.key.sender {
            findings.add(.foreign, subject, "\(device) got its own message \(id) back")
        } else if isFor(UInt32(names.user(ofDevice: Int(copy.holder))), id, conversation) == .no {
            findings.add(
                .foreign, subject,
                "\(device) got \(id) of \(names.conversation(conversation.key)), which is not for that user")
        }
    }

    // MARK: What is kept

    private mutating func judgeRows(
        _ conversation: ConversationCase, _ accepted: [MessageID: ConversationCase.Key]
    ) {
        for (id, key) in accepted where conversation.rows[id] == nil {
            findings.add(
                .missingInPostgres, subject(id, key, conversation), "Postgres has no row of \(id), \(text(key))")
        }
        for (id, copies) in conversation.rows {
            let subject = subject(id, copies[0].key, conversation)
            if copies.count > 1 || isOtherID(id, copies[0].key, conversation) {
                findings.add(
                    .doubledInPostgres, subject, "Postgres has \(text(copies[0].key)) more than once, as \(id)")
            }
            for copy in copies {
                guard let wrong = wrong(copy, conversation) else { continue }
                findings.add(.foreignInPostgres, subject, "Postgres has a row of \(id), \(text(copy.key)), \(wrong)")
            }
        }
    }

    private mutating func judge(
        _ shown: [MessageID: [ConversationCase.Copy]], reader: UInt32, _ conversation: ConversationCase,
        _ accepted: [MessageID: ConversationCase.Key]
    ) {
        let user = names.user(Int(reader))
        for (id, key) in accepted where shown[id] == nil && isFor(reader, id, conversation) == .yes {
            var subject = subject(id, key, conversation)
            subject.user = reader
            findings.add(.missingInHistory, subject, "history does not show \(user) \(id), \(text(key))")
        }
        for (id, copies) in shown {
            var subject = subject(id, copies[0].key, conversation)
            subject.user = reader
            if copies.count > 1 || isOtherID(id, copies[0].key, conversation) {
                findings.add(
                    .doubledInHistory, subject, "history shows \(user) \(text(copies[0].key)) more than once, as \(id)")
            }
            if let wrong = wrong(copies[0], conversation) {
                findings.add(
                    .foreignInHistory, subject, "history shows \(user) \(id), \(text(copies[0].key)), \(wrong)")
            } else if isFor(reader, id, conversation) == .no {
                findings.add(.foreignInHistory, subject, "history shows \(user) \(id), which is not for that user")
            }
        }
    }

    // MARK: Parts of it

    /// What is wrong with a copy; nil when it is what was sent.
    private func wrong(_ copy: ConversationCase.Copy, _ conversation: ConversationCase) -> String? {
        guard let sending = conversation.sendings[copy.key] else { return "which nobody has sent to this conversation" }
        if copy.isWrongSender { return "as if somebody else had sent it" }
        return sending.hash == copy.hash ? nil : "with another body than was sent"
    }

    /// Whether a message was accepted, but with another id.
    private func isOtherID(
        _ id: MessageID, _ key: ConversationCase.Key, _ conversation: ConversationCase
    ) -> Bool {
        guard let ids = conversation.sendings[key]?.ids, !ids.isEmpty else { return false }
        return !ids.contains(id)
    }

    private func isFor(_ user: UInt32, _ id: MessageID, _ conversation: ConversationCase) -> MembershipTimeline.Answer {
        switch conversation.key.parts {
        case .direct(let one, let other): user == one || user == other ? .yes : .no
        case .group: conversation.members[user]?.isMember(at: id) ?? .no
        case .topic(let topic): names.plan.listeners(ofTopic: topic).contains(Int(user)) ? .yes : .no
        case .other, .none: .no
        }
    }

    private func users(of conversation: ConversationCase) -> [UInt32] {
        switch conversation.key.parts {
        case .direct(let one, let other): one == other ? [UInt32(one)] : [UInt32(one), UInt32(other)]
        case .group: Array(conversation.members.keys)
        case .topic(let topic): names.plan.listeners(ofTopic: topic).map(UInt32.init)
        case .other, .none: []
        }
    }

    private func subject(
        _ id: MessageID, _ key: ConversationCase.Key, _ conversation: ConversationCase
    ) -> Findings.Subject {
        Findings.Subject(conversation: conversation.key, id: id, sender: key.sender, n: key.n)
    }

    private func text(_ key: ConversationCase.Key) -> String {
        "n \(key.n) of \(EventText.device(key.sender, names))"
    }

    private func list(_ ids: [MessageID]) -> String { ids.map(\.description).joined(separator: " and as ") }
}
