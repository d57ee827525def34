import Messaging

/// A clean record out of memory: what a swarm would have written down of an installation without a fault, with absences, resumptions and changes of members,
/// and a large group, of which is fetched what was said in an absence.
struct SyntheticRecord {
    private struct Device {
        var session: UInt32 = 0
        var isOpen = false
        /// How many entries of its user's inbox it has seen.
        var seen = 0
        /// How many messages of each large group it was there for, or has fetched; and the last that it heard.
        var heard: [Int: (count: Int, id: MessageID)] = [:]
    }

    /// A message of a large group, and whom it is for.
    private struct Said {
        let event: RecordEvent
        let users: Set<Int>
    }

    /// A plan that such a record fits.
    static let plan = AuditPlan {
        $0.clients = 12
        $0.devices = 2
        $0.groups = 2
        $0.groupSize = 3
        $0.movers = 1
        $0.largeGroupSize = 3
        $0.largeGroupMovers = 1
        $0.bystanders = 0
        $0.topics = 0
        $0.name = "synthetic"
    }

    private(set) var events: [RecordEvent] = []
    private let names = AuditNames(plan)
    private var generator: SeededGenerator
    private var devices: [Device]
    private var inboxes: [[RecordEvent]]
    private var members: [Set<Int>]
    private var counters: [UInt32]
    private var logs: [Int: [Said]] = [:]
    private var milliseconds: UInt64 = 1_800_000_000_000

    private var plan: AuditPlan { names.plan }

    /// Makes a record of so many messages.
    static func events(messages: Int, seed: UInt64) -> [RecordEvent] {
        var record = SyntheticRecord(seed: seed)
        record.run(messages)
        return record.events
    }

    private init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        let plan = Self.plan
        devices = Array(repeating: Device(), count: plan.clients)
        counters = Array(repeating: 0, count: plan.clients)
        inboxes = Array(repeating: [], count: plan.users)
        members = plan.allGroups.map { Set(plan.members(ofGroup: $0) + plan.movers(ofGroup: $0)) }
    }

    private mutating func run(_ messages: Int) {
        for device in devices.indices { connect(device) }
        for group in members.indices {
            let id = nextID()
            for user in members[group].sorted() { change(.joined, user, group, id) }
        }
        for _ in 0..<messages {
            let device = Int.random(in: devices.indices, using: &generator)
            switch Int.random(in: 0..<20, using: &generator) {
            case 0: if devices[device].isOpen { disconnect(device) }
            case 1: toggle()
            default: send(from: device)
            }
            if generator.chance(0.1), let away = devices.indices.first(where: { !devices[$0].isOpen }) { connect(away) }
        }
        for device in devices.indices where !devices[device].isOpen { connect(device) }
        readBack()
    }

    // MARK: What happens

    private mutating func connect(_ device: Int) {
        let user = names.user(ofDevice: device)
        var event = RecordEvent(.connected, device: device)
        if devices[device].session > 0 {
            event.flags = .named
            // Sometimes it names an earlier place, and is given again what came after.
            if generator.chance(0.3) { devices[device].seen = max(0, devices[device].seen - 3) }
            event.id = cursor(user, devices[device].seen)
        }
        devices[device].session += 1
        devices[device].isOpen = true
        event.session = devices[device].session
        event.cursor = cursor(user, devices[device].seen)
        append(event)
        for (group, log) in logs.sorted(by: { $0.key < $1.key }) { fetch(log, of: group, device) }
        deliver(user)
    }

    private mutating func disconnect(_ device: Int) {
        devices[device].isOpen = false
        var event = RecordEvent(.disconnected, device: device)
        event.session = devices[device].session
        append(event)
    }

    private mutating func toggle() {
        let group = Int.random(in: members.indices, using: &generator)
        guard let user = plan.movers(ofGroup: group).first else { return }
        let joins = !members[group].contains(user)
        if joins { members[group].insert(user) } else { members[group].remove(user) }
        change(joins ? .joined : .left, user, group, nextID())
    }

    private mutating func change(_ kind: RecordEvent.Kind, _ user: Int, _ group: Int, _ id: MessageID) {
        var event = RecordEvent(kind)
        event.conversation = .group(group)
        event.sender = UInt32(user)
        (event.id, event.cursor) = (id, id)
        append(event)
    }

    private mutating func send(from device: Int) {
        let user = names.user(ofDevice: device)
        let group = (plan.groups(of: user) + plan.largeGroups(of: user)).randomElement(using: &generator)
        let users: Set<Int>
        let conversation: ConversationKey
        if let group, generator.chance(0.4) {
            (conversation, users) = (.group(group), members[group])
        } else {
            guard let other = plan.partners(of: user).randomElement(using: &generator) else { return }
            (conversation, users) = (.direct(user, other), [user, other])
        }
        counters[device] += 1
        var event = RecordEvent(.sent, device: device)
        event.conversation = conversation
        event.n = counters[device]
        event.hash = UInt32.random(in: .min ... .max, using: &generator)
        append(event)
        event.kind = .accepted
        event.id = nextID()
        append(event)
        event.sender = UInt32(device)
        if names.isFeed(conversation), let group { return say(event, in: group, to: users) }
        for user in users.sorted() {
            inboxes[user].append(event)
            deliver(user)
        }
    }

    /// Gives a user's devices what they have not seen.
    private mutating func deliver(_ user: Int) {
        for device in names.devices(ofUser: user) where devices[device].isOpen {
            while devices[device].seen < inboxes[user].count {
                var event = inboxes[user][devices[device].seen]
                devices[device].seen += 1
                guard event.sender != device else { continue }
                event.kind = .delivered
                event.device = UInt32(device)
                event.session = devices[device].session
                event.cursor = cursor(user, devices[device].seen)
                append(event)
            }
        }
    }

    // MARK: Large groups

    /// Gives a message to those who are there.
    private mutating func say(_ event: RecordEvent, in group: Int, to users: Set<Int>) {
        logs[group, default: []].append(Said(event: event, users: users))
        for device in users.sorted().flatMap(names.devices) where devices[device].isOpen {
            devices[device].heard[group, default: (0, .zero)].count = logs[group]?.count ?? 0
            guard event.sender != device else { continue }
            devices[device].heard[group]?.id = event.id
            var event = event
            event.kind = .delivered
            event.device = UInt32(device)
            event.session = devices[device].session
            append(event)
        }
    }

    /// A device that is back is told of a gap, and fetches what is for its user.
    private mutating func fetch(_ log: [Said], of group: Int, _ device: Int) {
        let heard = devices[device].heard[group] ?? (0, .zero)
        guard log.count > heard.count else { return }
        devices[device].heard[group] = (log.count, heard.id)
        var gap = RecordEvent(.gap, device: device)
        gap.conversation = .group(group)
        gap.id = heard.id
        gap.session = devices[device].session
        append(gap)
        let user = names.user(ofDevice: device)
        for said in log[heard.count...] where said.users.contains(user) && said.event.sender != device {
            var event = said.event
            event.kind = .synced
            event.device = UInt32(device)
            append(event)
        }
    }

    // MARK: What is read in the end

    private mutating func readBack() {
        let accepted = events.filter { $0.kind == .accepted }
        append(RecordEvent(.rowsRead))
        for message in accepted { append(copy(of: message, .row)) }
        var timelines: [ConversationKey: [Int: MembershipTimeline]] = [:]
        for event in events where event.kind == .joined || event.kind == .left {
            timelines[event.conversation, default: [:]][Int(event.sender), default: .init()].add(event)
        }
        for conversation in Set(accepted.map(\.conversation)).sorted(by: { $0.rawValue < $1.rawValue }) {
            let messages = accepted.filter { $0.conversation == conversation }
            if case .direct(let one, _) = conversation.parts { read(messages, conversation, as: one) }
            for (user, timeline) in (timelines[conversation] ?? [:]).sorted(by: { $0.key < $1.key }) {
                read(messages.filter { timeline.isMember(at: $0.id) == .yes }, conversation, as: user)
            }
        }
        for user in 0..<plan.users {
            var event = RecordEvent(.presence, device: user)
            event.flags = user % 2 == 0 ? .isUser : [.isUser, .toldOnline, .isOnline]
            append(event)
        }
    }

    private mutating func read(_ messages: [RecordEvent], _ conversation: ConversationKey, as user: Int) {
        var marker = RecordEvent(.readBack, device: user)
        marker.conversation = conversation
        append(marker)
        for message in messages {
            var event = copy(of: message, .history)
            event.device = UInt32(user)
            append(event)
        }
    }

    private func copy(of message: RecordEvent, _ kind: RecordEvent.Kind) -> RecordEvent {
        var event = message
        event.kind = kind
        event.sender = message.device
        event.device = 0
        return event
    }

    // MARK: Parts of it

    /// The cursor of an inbox's entry, counted from 1; entries are apart, so that something can be put between.
    private func cursor(_ user: Int, _ place: Int) -> MessageID {
        MessageID(milliseconds: 1_800_000_000_000, sequence: UInt64(place * 10 + 1))
    }

    private mutating func nextID() -> MessageID {
        milliseconds += 2
        return MessageID(milliseconds: milliseconds, sequence: 0)
    }

    private mutating func append(_ event: RecordEvent) {
        var event = event
        event.time = UInt64(events.count)
        events.append(event)
    }
}
