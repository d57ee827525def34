import Messaging

/// The names of a run's users, devices, groups, topics and conversations, and the way back from them.
struct AuditNames: Sendable {
    let plan: AuditPlan
    private let userStart: [UInt8]
    private let groupStart: [UInt8]
    private let topicStart: [UInt8]

    init(_ plan: AuditPlan) {
        self.plan = plan
        userStart = Array("\(plan.name)-u".utf8)
        groupStart = Array("\(plan.name)-g".utf8)
        topicStart = Array("\(plan.name)-t".utf8)
    }

    func user(_ user: Int) -> String { "\(plan.name)-u\(user)" }

    func group(_ group: Int) -> String { "\(plan.name)-g\(group)" }

    func topic(_ topic: Int) -> String { "\(plan.name)-t\(topic)" }

    /// A member of large groups who never connects: no user of the swarm.
    func bystander(_ number: Int) -> String { "\(plan.name)-b\(number)" }

    /// Whether its messages are in one log for all: those of a topic, and of a large group as long as it is large.
    func isFeed(_ key: ConversationKey) -> Bool {
        switch key.parts {
        case .topic: true
        case .group(let number): plan.isLarge(number)
        case .direct, .other, .none: false
        }
    }

    func user(ofDevice device: Int) -> Int { device / plan.devices }

    /// The name of a device; unique only with its user.
    func device(_ device: Int) -> String { "d\(device % plan.devices)" }

    func devices(ofUser user: Int) -> Range<Int> { user * plan.devices..<(user + 1) * plan.devices }

    func conversation(_ key: ConversationKey) -> String {
        switch key.parts {
        case .direct(let one, let other): Conversation.direct(user(one), user(other)).description
        case .group(let number): Conversation.group(group(number)).description
        case .topic(let number): Conversation.topic(topic(number)).description
        case .other, .none: "(another conversation)"
        }
    }

    /// The number of a user; nil for a name that is none of ours.
    func user(named bytes: some Collection<UInt8>) -> Int? { Self.number(bytes, after: userStart) }

    func conversation(named bytes: ArraySlice<UInt8>) -> ConversationKey {
        let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        if parts.count == 3, parts[0].elementsEqual("dm".utf8), let one = user(named: parts[1]),
            let other = user(named: parts[2])
        {
            return .direct(one, other)
        }
        if parts.count == 2, parts[0].elementsEqual("group".utf8),
            let number = Self.number(parts[1], after: groupStart)
        {
            return .group(number)
        }
        if parts.count == 2, parts[0].elementsEqual("topic".utf8),
            let number = Self.number(parts[1], after: topicStart)
        {
            return .topic(number)
        }
        return .other(hash: Self.hash(bytes))
    }

    private static func number(_ bytes: some Collection<UInt8>, after start: [UInt8]) -> Int? {
        guard bytes.starts(with: start), bytes.count > start.count, bytes.count < start.count + 9 else { return nil }
        var number = 0
        for byte in bytes.dropFirst(start.count) {
            guard byte >= 48, byte <= 57 else { return nil }
            number = number * 10 + Int(byte - 48)
        }
        return number
    }

    /// FNV-1a, 32 bits: bodies that differ by accident differ in it.
    /// Source: http://www.isthe.com/chongo/tech/comp/fnv/
    static func hash(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return hash
    }
}
