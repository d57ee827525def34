import FoundationEssentials
import Messaging
import RedisStreams

/// Routes the entries of one partition, for as long as its lease is held: finds the recipients, delivers, tells the edges.
///
/// Everything is in the order of the log: a chunk is sent when the one before has succeeded, and a membership change when all before it has. An
/// outage throws, and the whole batch comes again: what had been delivered is then known to the scripts by its id and only makes the edges look. What fails because
/// the keys of one user or one group are broken is tried some times and then put aside for them alone: see ``Patience``.
actor PartitionRouter {
    /// In groups larger than this, a read mark goes to the reader's own devices only: told to each of a thousand members, each of whom reads,
    /// it would be a million tellings for one message.
    static let sharedReadLimit = 100

    /// What a router works with.
    struct Tools: Sendable {
        var redis: RedisConnection
        var keys: Keys
        var edges: EdgeBook
        var finder: EdgeFinder
        var writer: EdgeWriter
        var deadLetters: DeadLetters
        var metrics: MessageRouterMetrics
        var limits = DeliveryPlanner.Limits()
        /// Entries that an inbox keeps at least.
        var inboxCapacity = 1000
        /// How long an inbox is kept after its last entry.
        var inboxRetention = Duration.seconds(7 * 86_400)
        /// From how many members on a group is large.
        var largeGroup = LargeGroupSize()
        /// What the logs of topics keep.
        var topicRetention = TopicRetention()
        /// How long a token may live.
        var tokenLifetimeLimit = Duration.seconds(30 * 86_400)
    }

    let partition: Int
    let tools: Tools
    private(set) var reader: GroupReader
    var groups = GroupCache()
    var planner: DeliveryPlanner
    var fanout = EdgeFanout()
    /// The ids of the messages of the chunk under way, for the latency.
    var sent: [MessageID] = []
    /// Canaries of edges, by edge, that are to be returned when all before them has been done.
    private var canaries: [String: EdgeBatch] = [:]
    var patience = Patience()
    /// Who has been noted to have a conversation with whom.
    var contacts = ContactBook()
    /// Groups of the batch under way whose keys are broken.
    private var brokenGroups: [String: Unroutable] = [:]
    /// What was put aside of the batch under way by whoever had it before.
    private var settled: [MessageID: DeadLetters.Settled] = [:]
    /// Whether the next batch may have been handled in part already.
    private var mayRepeat = true

    init(partition: Int, tools: Tools) {
        self.partition = partition
        self.tools = tools
        reader = GroupReader(redis: tools.redis, keys: tools.keys)
        planner = DeliveryPlanner(limits: tools.limits)
    }

    /// Routes a batch.
    /// - Throws: whatever kept it from being done as a whole.
    func route(_ batch: PartitionBatch) async throws {
        planner = DeliveryPlanner(limits: tools.limits)
        fanout = EdgeFanout()
        sent = []
        canaries = [:]
        reader.timeline = batch.timeline
        brokenGroups = [:]
        contacts.begin(timeline: batch.timeline)
        settled =
            mayRepeat
            ? try await tools.deadLetters.settled(batch.entries.map(\.id), partition: partition, on: batch.timeline)
            : [:]
        mayRepeat = true
        var entries: [(id: MessageID, read: Result<RoutedEntry?, MessagingError>)] = []
        entries.reserveCapacity(batch.entries.count)
        for entry in batch.entries where settled[entry.id] != .whole {
            entries.append((entry.id, Result { () throws(MessagingError) in try RoutedEntry(entry) }))
        }
        tools.metrics.batch(entries: entries.count { (try? $0.read.get()?.log.kind) != .canary })
        try await loadGroups(of: entries.compactMap { try? $0.read.get()?.log.conversation.groupID })
        for (id, read) in entries {
            do {
                if let entry = try read.get() { try await route(entry) }
            } catch let error as MessagingError {
                try await putAside(id, Unroutable(kind: .unreadable, reason: error.description))
            } catch let error as Unroutable {
                try await putAside(id, error)
            }
        }
        let misses = batch.signals.map { MissEntry(fields: $0.fields) }
        for (signal, miss) in zip(batch.signals, misses) where miss == nil { try await route(signal) }
        try await flush()
        try await noteContacts()
        try await resolve(misses.compactMap(\.self))
        try await write(canaries.map { (target: .edge($0.key), batch: $0.value) })
        mayRepeat = false
    }

    /// An entry that cannot be routed at all. What comes before it may still fail, so it keeps its place among the dead letters.
    private func putAside(_ id: MessageID, _ fault: Unroutable) async throws {
        try await flush()
        try await tools.deadLetters.put([fault.item(id)], partition: partition, on: reader.timeline)
    }

    // MARK: Entries

    private func route(_ entry: RoutedEntry) async throws {
        let log = entry.log
        switch log.kind {
        case .message:
            let message = DeliverScript.Entry(
                conversation: log.conversation.description, from: log.from, device: log.device, data: log.data,
                attachments: log.attachments)
            try await deliver(message, id: entry.id, entry)
        case .edited, .deleted, .refused: try await routeChange(entry)
        // History decides, and says what becomes of it.
        case .edit, .delete: break
        case .member:
            guard let group = log.conversation.groupID else {
                throw MessagingError(.badEntry, "a membership change of a conversation that is no group")
            }
            guard let change = try? JSONDecoder().decode(MembershipChange.self, from: Data(log.data)) else {
                throw MessagingError(.badEntry, "the membership change in the field 'data' cannot be read")
            }
            try await apply(change, to: group, entry)
        case .read:
            guard let upTo = MessageID(utf8: log.data) else {
                throw MessagingError(.badEntry, "the read mark in the field 'data' is no message id")
            }
            var users = try await recipients(of: log.conversation)
            guard try await isMember(log.from, of: log.conversation, among: users) else {
                return tools.metrics.undeliverable()
            }
            if users.isEmpty || users.count > Self.sharedReadLimit { users = [log.from] }
            try await add(
                .read(conversation: log.conversation.description, user: log.from, device: log.device, id: upTo),
                to: users)
        case .erase: try await erase(entry)
        case .canary:
            // Those of routers are for history; and what is not known here is no fault of the log.
            guard let canary = Canary(log), canary.origin == .edge else { return }
            canaries[canary.name, default: EdgeBatch()].items.append(
                .canary(partition: partition, life: canary.life, number: canary.number))
        }
    }

    /// A message, or what became of one, to all whom its conversation is for. `id`: what it is known by.
    func deliver(_ message: DeliverScript.Entry, id: MessageID, _ entry: RoutedEntry) async throws {
        let conversation = entry.log.conversation
        if let feed = try await feed(of: conversation, for: entry) {
            tools.metrics.feedMessage()
            // A feed is one recipient, whose name no user has.
            return try await add(.feed(feed, id: id, source: entry.source, message), to: [feed.description])
        }
        var users = try await users(of: entry)
        guard !users.isEmpty else { return tools.metrics.undeliverable() }
        if entry.log.isAlone { users.remove(entry.log.from) }
        tools.metrics.message(recipients: users.count)
        if message.change == nil { meet(conversation) }
        try await add(.message(id: id, source: entry.source, message), to: users)
    }

    /// A signal that cannot be read, or whose sender may not send there, is dropped: it is stored nowhere.
    private func route(_ signal: StreamEntry) async throws {
        guard let entry = try? SignalEntry(fields: signal.fields) else { return tools.metrics.undeliverable() }
        let conversation = entry.to.conversation(from: entry.from)
        if conversation.groupID == nil, let feed = Feed(conversation) {
            // Whether the sender may publish there was asked by the edge.
            return try await add(
                .feedSignal(
                    feed, departed: nil, from: entry.from, device: entry.device, to: entry.to.description,
                    at: Int64(clamping: signal.id.milliseconds), data: entry.data),
                to: [feed.description])
        }
        do {
            let users = try await recipients(of: conversation)
            guard try await isMember(entry.from, of: conversation, among: users) else {
                return tools.metrics.undeliverable()
            }
            if let id = conversation.groupID, try await group(id).isLarge {
                return try await add(
                    .feedSignal(
                        Feed(group: id), departed: try await group(id).departed, from: entry.from,
                        device: entry.device, to: entry.to.description,
                        at: Int64(clamping: signal.id.milliseconds), data: entry.data),
                    to: [Feed(group: id).description])
            }
            try await add(
                .signal(
                    from: entry.from, device: entry.device, to: entry.to.description,
                    at: Int64(clamping: signal.id.milliseconds), data: entry.data),
                to: users)
        } catch is Unroutable {
            tools.metrics.undeliverable()
        }
    }

    /// First to the marks of all concerned, then to the member set: from then on nothing older can be delivered to them, whoever tries.
    private func apply(_ change: MembershipChange, to id: String, _ entry: RoutedEntry) async throws {
        try await flush()
        let group = try await group(id)
        if let turn = try await turn(change, id, group, version: entry.id) {
            return try await apply(change, to: id, group, turn, entry)
        }
        // All of it has been done, or nothing of it can be.
        if group.isLarge { return tools.metrics.membershipChange() }
        let concerned = without(settledOf: entry, entry.only ?? group.concerned(by: change))
        for chunk in planner.add(.mark(id: entry.source), to: concerned) { try await deliver(chunk) }
        try await flush()
        if group.version < entry.id { try await noteJoining(change, id, group, version: entry.id) }
        let reply = try await changeMembers(change, id, nil, entry)
        switch reply {
        // It had been applied to a group that was large then.
        case .applied(_, true, _): groups[id] = nil
        case .applied where group.version < entry.id: groups[id] = group.applying(change, version: entry.id)
        case .applied, .outdated, .full, .unknown: groups[id] = nil
        }
        if case .applied = reply { try await noteLeft(change, id, group, version: entry.id) }
        tools.metrics.membershipChange()
    }

    // MARK: Recipients

    /// Who is to get a message. Those named by a replay were recipients when it was sent; without names it must still be sure who they were.
    private func users(of entry: RoutedEntry) async throws -> Set<String> {
        if let only = entry.only { return without(settledOf: entry, only) }
        if let id = entry.log.conversation.groupID { try checkReplay(entry, try await group(id)) }
        return without(settledOf: entry, try await recipients(of: entry.log.conversation))
    }

    func without(settledOf entry: RoutedEntry, _ users: Set<String>) -> Set<String> {
        guard case .users(let settled)? = settled[entry.source] else { return users }
        return users.subtracting(settled)
    }

    private func recipients(of conversation: Conversation) async throws -> Set<String> {
        switch conversation.kind {
        case .direct(let one, let other): [one, other]
        case .group(let id): try await group(id).members
        // Topics have a log of their own, and nobody who reads in them.
        case .topic: []
        }
    }

    func group(_ id: String) async throws -> Group {
        if let group = groups[id] { return group }
        if let broken = brokenGroups[id] { throw broken }
        do {
            let group = try await patiently(id) { () throws(RedisError) in try await reader.group(id) } ?? .absent
            groups[id] = group
            return group
        } catch let error as Unroutable {
            brokenGroups[id] = error
            throw error
        }
    }

    /// Loads the groups of a batch that are not cached, in one go. One whose keys are broken is looked at by itself when it is needed.
    private func loadGroups(of ids: [String]) async throws {
        var missing: Set<String> = []
        for id in ids where !missing.contains(id) && groups[id] == nil { missing.insert(id) }
        guard !missing.isEmpty else { return }
        for (id, result) in await reader.results(Array(missing)) {
            switch result {
            case .success(let group): groups[id] = group ?? .absent
            case .failure(let error) where error.isOutage: throw error
            case .failure: break
            }
        }
    }

    /// Does something with the keys of a group, some times if it fails because of them.
    func patiently<Value>(
        _ group: String, _ body: () async throws(RedisError) -> Value
    ) async throws -> Value {
        // No user's id has a colon.
        let subject = "group:\(group)"
        var tries = 1
        while true {
            do throws(RedisError) {
                return try await body()
            } catch {
                guard !error.isOutage else { throw error }
                guard !patience.isProven(subject, now: .now), let pause = patience.pause(after: tries, now: .now) else {
                    patience.prove(subject, now: .now)
                    throw Unroutable(kind: .group, reason: error.description, tries: tries)
                }
                try? await Task.sleep(for: pause)
                tries += 1
            }
        }
    }

    // MARK: Delivery

    func add(_ dispatch: Dispatch, to users: Set<String>) async throws {
        for chunk in planner.add(dispatch, to: users) { try await deliver(chunk) }
    }

    func flush() async throws {
        if let chunk = planner.finish() { try await deliver(chunk) }
    }
}
